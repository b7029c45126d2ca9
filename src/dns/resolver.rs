//! Which resolver is asked: the system's, or one that the user names.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use hickory_resolver::{
    config::{ConnectionConfig, NameServerConfig},
    system_conf::read_system_conf,
};

use crate::error::Error;

/// Which resolver to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resolver {
    /// The system's configuration.
    #[default]
    System,
    /// One server over UDP, and TCP where an answer is truncated.
    Server(SocketAddr),
    /// DNS over TLS (RFC 7858).
    Tls(Endpoint),
    /// DNS over HTTPS (RFC 8484).
    Https {
        /// The server.
        endpoint: Endpoint,
        /// The path of the URL; `/dns-query` where the user gave none.
        path: String,
    },
}

/// A server behind TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address, to which the connection is made.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The name that the server's certificate must carry; the host unless the user gave another.
    pub server_name: String,
}

impl Resolver {
    /// Reads `system`, `IP[:PORT]`, `tls://HOST[:PORT][#NAME]` or `https://HOST[:PORT][/PATH][#NAME]`, where an IPv6
    /// address with a port, and one in a URL, stands in brackets, and `#NAME` is the name in the server's certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] where it is none of these.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Configuration {
            what: format!(
                "--resolver `{text}` is none of system, IP[:PORT], tls://HOST[:PORT], https://HOST[:PORT][/PATH]"
            ),
        };
        if text.eq_ignore_ascii_case("system") {
            return Ok(Self::System);
        }
        if let Some(rest) = text.strip_prefix("tls://") {
            return Endpoint::parse(rest.trim_end_matches('/'), 853)
                .map(Self::Tls)
                .ok_or_else(wrong);
        }
        if let Some(rest) = text.strip_prefix("https://") {
            let (url, name) = rest
                .split_once('#')
                .map_or((rest, None), |(url, name)| (url, Some(name)));
            let (authority, path) = url.split_at(url.find('/').unwrap_or(url.len()));
            let authority = name.map_or_else(|| authority.to_owned(), |name| format!("{authority}#{name}"));
            let endpoint = Endpoint::parse(&authority, 443).ok_or_else(wrong)?;
            let path = if path.len() > 1 { path } else { "/dns-query" };
            return Ok(Self::Https {
                endpoint,
                path: path.to_owned(),
            });
        }
        let (host, port) = split_port(text).ok_or_else(wrong)?;
        let ip: IpAddr = host.parse().map_err(|_| wrong())?;
        Ok(Self::Server(SocketAddr::new(ip, port.unwrap_or(53))))
    }

    /// The name servers to ask.
    pub(super) fn name_servers(&self) -> Result<Vec<NameServerConfig>, Error> {
        match self {
            Self::System => match read_system_conf() {
                Ok((config, _)) if !config.name_servers().is_empty() => Ok(config.name_servers().to_vec()),
                Ok(_) => Err(configuration("the system's configuration names no DNS server")),
                Err(error) => Err(configuration(&format!(
                    "the system's DNS configuration cannot be read: {error}"
                ))),
            },
            Self::Server(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                let connections = connections.map(|connection| at_port(connection, address.port()));
                Ok(vec![NameServerConfig::new(address.ip(), true, connections.into())])
            }
            Self::Tls(endpoint) => endpoint.name_servers(ConnectionConfig::tls),
            Self::Https { endpoint, path } => {
                endpoint.name_servers(|name| ConnectionConfig::https(name, Some(Arc::from(path.as_str()))))
            }
        }
    }
}

impl Endpoint {
    /// Reads `HOST[:PORT][#NAME]`.
    fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (authority, name) = text
            .split_once('#')
            .map_or((text, None), |(authority, name)| (authority, Some(name)));
        let (host, port) = split_port(authority)?;
        let server_name = name.unwrap_or(host);
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte))
        };
        (plain(host) && plain(server_name)).then(|| Self {
            host: host.to_owned(),
            port: port.unwrap_or(default_port),
            server_name: server_name.to_owned(),
        })
    }

    /// A name server for each address of the host. The host's name is looked up once, by the system.
    fn name_servers(&self, connection: impl Fn(Arc<str>) -> ConnectionConfig) -> Result<Vec<NameServerConfig>, Error> {
        let addresses = (self.host.as_str(), self.port).to_socket_addrs().map_err(|error| {
            configuration(&format!(
                "the address of the DNS server {} cannot be found: {error}",
                self.host
            ))
        })?;
        let servers: Vec<_> = addresses
            .map(|address| {
                let connection = at_port(connection(Arc::from(self.server_name.as_str())), self.port);
                NameServerConfig::new(address.ip(), true, vec![connection])
            })
            .collect();
        if servers.is_empty() {
            Err(configuration("the DNS server has no address"))
        } else {
            Ok(servers)
        }
    }
}

/// A connection to another port than the protocol's own.
fn at_port(mut connection: ConnectionConfig, port: u16) -> ConnectionConfig {
    connection.port = port;
    connection
}

/// A configuration error about the resolver.
fn configuration(what: &str) -> Error {
    Error::Configuration {
        what: format!("--resolver: {what}"),
    }
}

/// Splits `HOST`, `HOST:PORT`, `IPV6` and `[IPV6]:PORT`.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(read_port(port)?))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match text.split_once(':') {
        // More than one colon: an address of IPv6 without a port.
        Some((_, rest)) if rest.contains(':') => Some((text, None)),
        Some((host, port)) => Some((host, Some(read_port(port)?))),
        None => Some((text, None)),
    }
}

/// A port number; 0 is none.
fn read_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let server = |text: &str| Resolver::Server(text.parse().unwrap());
        assert_eq!(Resolver::parse("system").unwrap(), Resolver::System);
        assert_eq!(Resolver::parse("192.0.2.53").unwrap(), server("192.0.2.53:53"));
        assert_eq!(Resolver::parse("192.0.2.53:5353").unwrap(), server("192.0.2.53:5353"));
        assert_eq!(Resolver::parse("2001:db8::53").unwrap(), server("[2001:db8::53]:53"));
        assert_eq!(
            Resolver::parse("[2001:db8::53]:5353").unwrap(),
            server("[2001:db8::53]:5353")
        );

        let endpoint = |host: &str, port, name: &str| Endpoint {
            host: host.to_owned(),
            port,
            server_name: name.to_owned(),
        };
        let tls = endpoint("dns.example", 853, "dns.example");
        assert_eq!(Resolver::parse("tls://dns.example").unwrap(), Resolver::Tls(tls));
        let named = endpoint("2001:db8::53", 8853, "dns.example");
        assert_eq!(
            Resolver::parse("tls://[2001:db8::53]:8853#dns.example").unwrap(),
            Resolver::Tls(named)
        );
        let https = |port, path: &str, name: &str| Resolver::Https {
            endpoint: endpoint("192.0.2.53", port, name),
            path: path.to_owned(),
        };
        assert_eq!(
            Resolver::parse("https://192.0.2.53").unwrap(),
            https(443, "/dns-query", "192.0.2.53")
        );
        assert_eq!(
            Resolver::parse("https://192.0.2.53:8443/q#dns.example").unwrap(),
            https(8443, "/q", "dns.example")
        );
    }

    #[test]
    fn anything_else_is_an_error() {
        for wrong in [
            "",
            "dns.example",
            "192.0.2.53:0",
            "192.0.2.53:x",
            "[192.0.2.53",
            "tls://",
            "https:///q",
            "tls://a b",
            "udp://192.0.2.1",
        ] {
            assert!(
                matches!(Resolver::parse(wrong), Err(Error::Configuration { .. })),
                "{wrong}"
            );
        }
    }
}
