//! A name server on loopback, over UDP and TCP on one port, for tests of the live path.
//!
//! It serves lines `name TYPE data`, follows CNAMEs like a resolver, and misbehaves where a line says so:
//! `name SERVFAIL` or `name REFUSED`, `name SILENT` (never answers), `name NXNAME` (RFC 9824: NOERROR, and the denial
//! only for who asks for DNSSEC), `name SHORT` (its CNAME is left to the asker to follow).

use std::{
    collections::BTreeMap,
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use hickory_server::{
    Server,
    net::{runtime::Time, xfer::Protocol},
    proto::{
        op::{Edns, Header, HeaderCounts, Metadata, ResponseCode},
        rr::{
            Name, RData, Record, RecordType,
            rdata::{NULL, SOA, TXT},
        },
    },
    server::{Request, RequestHandler, ResponseHandler, ResponseInfo},
    zone_handler::MessageResponseBuilder,
};
use tokio::net::{TcpListener, UdpSocket};

/// A running name server; it stops when it is dropped.
pub struct NameServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    waiting: Arc<Waiting>,
    stop: Box<dyn Fn() + Send>,
}

impl NameServer {
    /// Serves a zone on a free port of 127.0.0.1.
    pub fn start(zone: &str) -> Self {
        Self::start_slow(zone, Duration::ZERO)
    }

    /// The same, each answer that much later.
    pub fn start_slow(zone: &str, delay: Duration) -> Self {
        let zone = Zone {
            delay,
            ..Zone::parse(zone)
        };
        let (asked, waiting) = (Arc::clone(&zone.asked), Arc::clone(&zone.waiting));
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let (udp, tcp) = sockets().await;
                let address = udp.local_addr().unwrap();
                let mut server = Server::new(zone);
                server.register_socket(udp);
                server.register_listener(tcp, Duration::from_secs(5), 16);
                let token = server.shutdown_token().clone();
                let stop: Box<dyn Fn() + Send> = Box::new(move || token.cancel());
                sender.send((address, stop)).unwrap();
                let _ = server.block_until_done().await;
            });
        });
        let (address, stop) = receiver.recv().unwrap();
        Self {
            address,
            asked,
            waiting,
            stop,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far, as `name TYPE udp` or `name TYPE tcp`, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many questions waited for their answers at a time, at most.
    pub fn most_at_once(&self) -> usize {
        self.waiting.most.load(Ordering::SeqCst)
    }
}

/// Questions that wait for their answers.
#[derive(Default)]
struct Waiting {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Waiting {
    async fn wait(&self, delay: Duration) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(delay).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        (self.stop)();
    }
}

/// The same port for both protocols; another test may hold the one of TCP.
async fn sockets() -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
    panic!("no free port");
}

/// What a name does apart from its records.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Code(ResponseCode),
    Silent,
    NxName,
    Short,
}

struct Zone {
    records: BTreeMap<Name, Vec<Record>>,
    manners: BTreeMap<Name, Manner>,
    asked: Arc<Mutex<Vec<String>>>,
    waiting: Arc<Waiting>,
    delay: Duration,
}

/// What to send.
struct Reply {
    code: ResponseCode,
    answers: Vec<Record>,
    authorities: Vec<Record>,
}

impl Zone {
    fn parse(text: &str) -> Self {
        let mut zone = Self {
            records: BTreeMap::new(),
            manners: BTreeMap::new(),
            asked: Arc::default(),
            waiting: Arc::default(),
            delay: Duration::ZERO,
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, rest) = line.split_once(' ').unwrap();
            let (kind, data) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = Name::from_ascii(format!("{name}.")).unwrap();
            let manner = match kind {
                "SERVFAIL" => Manner::Code(ResponseCode::ServFail),
                "REFUSED" => Manner::Code(ResponseCode::Refused),
                "SILENT" => Manner::Silent,
                "NXNAME" => Manner::NxName,
                "SHORT" => Manner::Short,
                _ => {
                    let data = record_data(kind, data);
                    zone.records
                        .entry(name.clone())
                        .or_default()
                        .push(Record::from_rdata(name, 300, data));
                    continue;
                }
            };
            zone.manners.insert(name, manner);
        }
        zone
    }

    fn answer(&self, question: &Name, rtype: RecordType, dnssec: bool) -> Reply {
        let mut answers = Vec::new();
        let mut name = question.clone();
        for _ in 0..20 {
            let records = self.records.get(&name).map(Vec::as_slice).unwrap_or_default();
            let matching: Vec<Record> = records
                .iter()
                .filter(|record| record.record_type() == rtype)
                .cloned()
                .collect();
            if !matching.is_empty() {
                answers.extend(matching);
                return Reply {
                    code: ResponseCode::NoError,
                    answers,
                    authorities: vec![],
                };
            }
            let alias = records.iter().find_map(|record| match &record.data {
                RData::CNAME(target) => Some((record.clone(), target.0.clone())),
                _ => None,
            });
            let Some((record, target)) = alias else { break };
            answers.push(record);
            if self.manners.get(&name) == Some(&Manner::Short) {
                return Reply {
                    code: ResponseCode::NoError,
                    answers,
                    authorities: vec![],
                };
            }
            name = target;
        }
        let compact = self.manners.get(&name) == Some(&Manner::NxName);
        let exists = compact || self.records.keys().any(|known| name.zone_of(known));
        let mut authorities = vec![soa()];
        if compact && dnssec {
            authorities.push(nxname(&name));
        }
        let code = if exists {
            ResponseCode::NoError
        } else {
            ResponseCode::NXDomain
        };
        Reply {
            code,
            answers,
            authorities,
        }
    }
}

/// TXT as quoted character-strings without escapes, the rest as in a zone file.
fn record_data(kind: &str, data: &str) -> RData {
    if kind == "TXT" {
        let strings = data.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        return RData::TXT(TXT::new(strings));
    }
    RData::try_from_str(kind.parse().unwrap(), data).unwrap()
}

fn soa() -> Record {
    let name = |text: &str| Name::from_ascii(text).unwrap();
    Record::from_rdata(
        name("example."),
        300,
        RData::SOA(SOA::new(name("ns.example."), name("host.example."), 1, 2, 3, 4, 60)),
    )
}

/// An NSEC record whose bit map has RRSIG, NSEC and NXNAME.
fn nxname(name: &Name) -> Record {
    let mut data = vec![1, 0];
    for label in name.iter() {
        data.push(u8::try_from(label.len()).unwrap());
        data.extend(label);
    }
    data.extend([0, 0, 17, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    Record::from_rdata(
        name.clone(),
        300,
        RData::Unknown {
            code: RecordType::from(47),
            rdata: NULL::with(data),
        },
    )
}

impl RequestHandler for Zone {
    // The trait's async function, written out: there is no macro crate for one function.
    fn handle_request<'s, 'r, 'f, R, T>(
        &'s self,
        request: &'r Request,
        mut response_handle: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'f>>
    where
        R: ResponseHandler + 'f,
        T: Time + 'f,
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let query = request.queries.queries().first().unwrap();
            let (name, rtype) = (Name::from(query.name()), query.query_type());
            let protocol = if request.protocol() == Protocol::Udp {
                "udp"
            } else {
                "tcp"
            };
            self.asked.lock().unwrap().push(format!("{name} {rtype} {protocol}"));
            if !self.delay.is_zero() {
                self.waiting.wait(self.delay).await;
            }

            let mut metadata = Metadata::response_from_request(&request.metadata);
            metadata.recursion_available = true;
            let dnssec = request.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok);
            let reply = match self.manners.get(&name) {
                Some(Manner::Silent) => {
                    return ResponseInfo::from(Header {
                        metadata,
                        counts: HeaderCounts::default(),
                    });
                }
                Some(Manner::Code(code)) => Reply {
                    code: *code,
                    answers: vec![],
                    authorities: vec![],
                },
                _ => self.answer(&name, rtype, dnssec),
            };
            metadata.response_code = reply.code;
            let mut edns = Edns::new();
            edns.set_max_payload(request.max_payload());
            let mut builder = MessageResponseBuilder::from_message_request(request);
            if request.edns.is_some() {
                builder.edns(&edns);
            }
            let response = builder.build(metadata, &reply.answers, &reply.authorities, [], []);
            response_handle.send_response(response).await.unwrap()
        })
    }
}
