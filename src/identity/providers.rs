//! Domains that everybody knows: mailbox providers for private people, and names that are imitated most.

use std::{collections::HashSet, sync::LazyLock};

use foldhash::fast::RandomState;

/// Providers where anyone can open a mailbox (their own domains; regional ones by label), sorted.
const FREEMAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "bk.ru",
    "bol.com.br",
    "daum.net",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hotmail.com",
    "hushmail.com",
    "icloud.com",
    "inbox.ru",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "seznam.cz",
    "sina.com",
    "t-online.de",
    "terra.com.br",
    "tiscali.it",
    "tuta.io",
    "tutanota.com",
    "uol.com.br",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yahoo.com",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

/// Brands whose regional domains differ in the suffix alone.
const FREEMAIL_BRANDS: &[&str] = &["yahoo", "hotmail", "outlook", "live"];

/// Names that phishing imitates most (public phishing statistics of 2020 to 2026).
const WELL_KNOWN: &[&str] = &[
    "paypal.com",
    "microsoft.com",
    "microsoftonline.com",
    "office365.com",
    "office.com",
    "google.com",
    "apple.com",
    "icloud.com",
    "amazon.com",
    "facebook.com",
    "facebookmail.com",
    "instagram.com",
    "linkedin.com",
    "netflix.com",
    "docusign.com",
    "docusign.net",
    "dropbox.com",
    "adobe.com",
    "dhl.com",
    "fedex.com",
    "ups.com",
    "usps.com",
    "chase.com",
    "wellsfargo.com",
    "bankofamerica.com",
    "citibank.com",
    "hsbc.com",
    "barclays.co.uk",
    "santander.com",
    "americanexpress.com",
    "coinbase.com",
    "binance.com",
    "whatsapp.com",
    "telegram.org",
    "github.com",
    "spotify.com",
    "booking.com",
    "airbnb.com",
    "ebay.com",
    "stripe.com",
    "intuit.com",
    "xero.com",
    "wetransfer.com",
    "godaddy.com",
];

/// Whether anyone can open a mailbox under this organisational domain.
pub fn is_freemail(domain: &str) -> bool {
    let name = crate::domain::normal(domain);
    let organisation = crate::domain::registrable(&name);
    let brand = organisation.split('.').next().unwrap_or_default();
    FREEMAIL.binary_search(&organisation).is_ok() || FREEMAIL_BRANDS.contains(&brand)
}

/// Names that are worth comparing with even when the user protects none; each is an organisational domain.
pub fn well_known() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN.iter().copied()
}

/// Whether a domain belongs to one of the [`well_known`] organisations.
pub fn is_well_known(domain: &str) -> bool {
    let name = crate::domain::normal(domain);
    IS_WELL_KNOWN.contains(crate::domain::registrable(&name))
}

static IS_WELL_KNOWN: LazyLock<HashSet<&str, RandomState>> = LazyLock::new(|| well_known().collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_sorted() {
        assert!(FREEMAIL.is_sorted());
        assert!(is_freemail("mail.GMX.at") && is_freemail("yahoo.com.br") && !is_freemail("gmx.bank.example"));
    }

    #[test]
    fn well_known_names_are_organisational_domains() {
        for name in well_known() {
            assert_eq!(crate::domain::organisational(name), name);
        }
        assert!(is_well_known("mail.GitHub.com"));
        assert!(!is_well_known("github.com.evil.example"));
    }
}
