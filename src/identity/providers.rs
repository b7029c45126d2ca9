//! Domains that everybody knows: mailbox providers for private people, and names that are imitated most.

/// Providers where anyone can open a mailbox (their own domains; regional ones by label).
const FREEMAIL: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "ymail.com",
    "rocketmail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "mail.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tutanota.com",
    "tuta.io",
    "zoho.com",
    "yandex.ru",
    "yandex.com",
    "mail.ru",
    "bk.ru",
    "inbox.ru",
    "list.ru",
    "rambler.ru",
    "qq.com",
    "163.com",
    "126.com",
    "sina.com",
    "naver.com",
    "daum.net",
    "hanmail.net",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "virgilio.it",
    "tiscali.it",
    "seznam.cz",
    "wp.pl",
    "o2.pl",
    "onet.pl",
    "interia.pl",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "rediffmail.com",
    "fastmail.com",
    "hushmail.com",
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
    let org = crate::domain::organisational(domain);
    let brand = org.split('.').next().unwrap_or_default();
    FREEMAIL.contains(&org.as_str()) || FREEMAIL_BRANDS.contains(&brand)
}

/// Names that are worth comparing with even when the user protects none; each is an organisational domain.
pub fn well_known() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN.iter().copied()
}

/// Whether a domain belongs to one of the [`well_known`] organisations.
pub fn is_well_known(domain: &str) -> bool {
    WELL_KNOWN.contains(&crate::domain::organisational(domain).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_names_are_organisational_domains() {
        for name in well_known() {
            assert_eq!(crate::domain::organisational(name), name);
        }
        assert!(is_well_known("mail.GitHub.com"));
        assert!(!is_well_known("github.com.evil.example"));
    }
}
