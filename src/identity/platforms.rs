//! Sending platforms that many organisations share, by the names that their customers include in SPF records.
//!
//! One row a platform; a new platform is a new row. The names are those that each platform's own set-up pages tell customers
//! to publish. Customer-specific names (`u123.wl.sendgrid.net`, `%{ir}.%{d}.spf.has.pphosted.com`) do not belong here.

use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::RandomState;

/// A platform whose addresses send for more than one organisation.
#[derive(Debug, PartialEq, Eq)]
pub struct Platform {
    /// Its name, for readers.
    pub name: &'static str,
    /// Names of its SPF records; one that begins with a dot stands for every name below it.
    spf: &'static [&'static str],
}

const fn row(name: &'static str, spf: &'static [&'static str]) -> Platform {
    Platform { name, spf }
}

#[rustfmt::skip]
static PLATFORMS: &[Platform] = &[
    // Mailbox hosting
    row("Google Workspace and Gmail", &["_spf.google.com", "_netblocks.google.com", "_netblocks2.google.com", "_netblocks3.google.com"]),
    row("Microsoft 365", &["spf.protection.outlook.com", "spf.protection.office365.us", "spf.protection.partner.outlook.cn"]),
    row("Apple iCloud Mail", &["icloud.com"]),
    row("Fastmail", &["spf.messagingengine.com"]),
    row("Proton Mail", &["_spf.protonmail.ch"]),
    row("Zoho Mail", &["zoho.com", "zoho.eu", "zohomail.com", "zohomail.eu", "one.zoho.com"]),
    row("Yandex 360", &["_spf.yandex.net"]),
    row("Mail.ru", &["_spf.mail.ru"]),
    row("Tencent Exmail", &["spf.mail.qq.com"]),
    row("NetEase Mail", &["spf.163.com"]),
    row("Alibaba Mail", &["spf.qiye.aliyun.com"]),
    row("Rackspace Email", &["emailsrvr.com"]),
    row("Intermedia", &["spf.intermedia.net"]),
    row("Migadu", &["spf.migadu.com"]),
    // Web hosting
    row("GoDaddy", &["secureserver.net", "spf.secureserver.net"]),
    row("OVHcloud", &["mx.ovh.com"]),
    row("IONOS", &["_spf.perfora.net", "_spf.kundenserver.de", "_spf-eu.ionos.com", "_spf-us.ionos.com"]),
    row("Namecheap", &["spf.privateemail.com", "spf.web-hosting.com", "spf.efwd.registrar-servers.com"]),
    row("Hostinger", &["_spf.mail.hostinger.com"]),
    row("HostGator", &["websitewelcome.com"]),
    row("DreamHost", &["netblocks.dreamhost.com"]),
    row("Gandi", &["_mailcust.gandi.net"]),
    row("Infomaniak", &["spf.infomaniak.ch"]),
    row("MailChannels", &["relay.mailchannels.net"]),
    // Sending services
    row("Amazon SES", &["amazonses.com"]),
    row("Twilio SendGrid", &["sendgrid.net"]),
    row("Mailgun", &["mailgun.org", "eu.mailgun.org"]),
    row("Mailchimp", &["servers.mcsv.net"]),
    row("Mandrill", &["spf.mandrillapp.com"]),
    row("Mailjet", &["spf.mailjet.com"]),
    row("Brevo", &["spf.brevo.com", "spf.sendinblue.com"]),
    row("Postmark", &["spf.mtasv.net"]),
    row("SparkPost", &["_spf.sparkpostmail.com", "sparkpostmail.com"]),
    row("SMTP2GO", &["spf.smtp2go.com"]),
    row("Elastic Email", &["_spf.elasticemail.com"]),
    row("MailerLite", &["_spf.mlsend.com"]),
    row("Campaign Monitor", &["_spf.createsend.com"]),
    row("Constant Contact", &["spf.constantcontact.com"]),
    row("Zoho ZeptoMail and Campaigns", &["transmail.net", "zcsend.net"]),
    row("Alibaba DirectMail", &["spf1.dm.aliyun.com"]),
    // Business applications that send for their customers
    row("Salesforce", &["_spf.salesforce.com"]),
    row("Salesforce Marketing Cloud", &["cust-spf.exacttarget.com"]),
    row("HubSpot", &[".hubspotemail.net"]),
    row("Zendesk", &["mail.zendesk.com"]),
    row("Freshworks", &["email.freshdesk.com"]),
    row("Atlassian", &["_spf.atlassian.net"]),
    row("Shopify", &["shops.shopify.com"]),
    // Gateways that pass on their customers' mail
    row("Mimecast", &["_netblocks.mimecast.com", "._netblocks.mimecast.com"]),
    row("Barracuda Email Gateway", &["spf.ess.barracudanetworks.com", ".spf.ess.barracudanetworks.com"]),
    row("Symantec Email Security.cloud", &["spf.messagelabs.com"]),
    row("Hornetsecurity", &["spf.hornetsecurity.com"]),
    row("Sophos Email", &["_spf.prod.hydra.sophos.com"]),
    row("Cloudflare Email Routing", &["_spf.mx.cloudflare.net"]),
    row("ImprovMX", &["spf.improvmx.com"]),
];

/// The platform whose SPF record a name (in normal form) holds; `None` for an organisation's own, as far as is known.
pub fn platform_of_spf(name: &str) -> Option<&'static Platform> {
    let above = name.match_indices('.').map(|(dot, _)| &name[dot..]);
    std::iter::once(name)
        .chain(above)
        .find_map(|known| BY_NAME.get(known).copied())
}

/// The platforms by the names of their records.
static BY_NAME: LazyLock<HashMap<&str, &Platform, RandomState>> = LazyLock::new(|| {
    PLATFORMS
        .iter()
        .flat_map(|platform| platform.spf.iter().map(move |name| (*name, platform)))
        .collect()
});

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn platforms_are_found_by_the_names_that_are_included() {
        assert_eq!(
            platform_of_spf("_spf.google.com").unwrap().name,
            "Google Workspace and Gmail"
        );
        assert_eq!(platform_of_spf("eu._netblocks.mimecast.com").unwrap().name, "Mimecast");
        for own in [
            "google.com",
            "u1.wl.sendgrid.net",
            "hubspotemail.net",
            "x_netblocks.mimecast.com",
            "",
        ] {
            assert_eq!(platform_of_spf(own), None, "{own}");
        }
    }

    #[test]
    fn every_name_stands_once_and_in_normal_form() {
        let mut seen = BTreeSet::new();
        for name in PLATFORMS.iter().flat_map(|platform| platform.spf) {
            let bare = name.trim_start_matches('.');
            assert_eq!(crate::domain::normalise(bare), bare);
            assert!(seen.insert(name), "{name} stands twice");
        }
    }
}
