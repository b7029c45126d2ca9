//! Who an S/MIME signature names: the signer's certificate in CMS SignedData (RFC 5652 5, RFC 8551, RFC 8550 3).

use x509_cert::{
    Certificate as X509,
    der::{Decode, Encode, asn1::Ia5StringRef},
    ext::pkix::{SubjectAltName, SubjectKeyIdentifier, name::GeneralName},
    time::Time,
};

use super::{
    Certificate, Signer,
    ber::{Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, context},
    normal_address,
};
use crate::time::Timestamp;

/// Signers of one signature.
const MAX_SIGNERS: usize = 8;
/// Certificates looked at; chains have three or four.
const MAX_CERTIFICATES: usize = 32;
/// Addresses taken from one certificate.
const MAX_ADDRESSES: usize = 32;

/// id-signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// id-envelopedData, 1.2.840.113549.1.7.3.
const ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
/// id-ct-authEnvelopedData, 1.2.840.113549.1.9.16.1.23 (RFC 5083).
const AUTH_ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
/// id-signingTime, 1.2.840.113549.1.9.5 (RFC 5652 11.3).
const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];

/// What a CMS object holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cms {
    Signed(Vec<Signer>),
    Encrypted,
    /// Compressed, digested or bare data; or no CMS at all.
    Other,
}

/// Reads a ContentInfo (RFC 5652 3).
pub(super) fn read(bytes: &[u8]) -> Cms {
    let parts = Element::read(bytes).filter(|(outer, _)| outer.tag == SEQUENCE);
    let Some((outer, _)) = parts else { return Cms::Other };
    let mut parts = outer.children();
    let content_type = parts.next().filter(|element| element.tag == OBJECT_IDENTIFIER);
    match content_type.map(|element| element.content) {
        Some(ENVELOPED_DATA | AUTH_ENVELOPED_DATA) => Cms::Encrypted,
        Some(SIGNED_DATA) => {
            let signed = parts.next().and_then(|element| element.only_child(SEQUENCE));
            Cms::Signed(signed.map(signers).unwrap_or_default())
        }
        _ => Cms::Other,
    }
}

/// RFC 5652 5.1: version, digestAlgorithms, encapContentInfo, certificates [0], crls [1], signerInfos.
fn signers(signed_data: Element<'_>) -> Vec<Signer> {
    let mut certificates = Vec::new();
    let mut infos = None;
    for (place, element) in signed_data.children().enumerate() {
        if element.tag == context(0) {
            let found = element.children().filter(|choice| choice.tag == SEQUENCE);
            certificates = found
                .take(MAX_CERTIFICATES)
                .filter_map(|c| X509::from_der(c.whole).ok())
                .collect();
        } else if element.tag == SET && place > 1 {
            infos = Some(element);
        }
    }
    let infos = infos
        .into_iter()
        .flat_map(Element::children)
        .filter(|info| info.tag == SEQUENCE);
    infos
        .take(MAX_SIGNERS)
        .map(|info| signer(info, &certificates))
        .collect()
}

/// RFC 5652 5.3: version, sid, digestAlgorithm, signedAttrs [0], ...
fn signer(info: Element<'_>, certificates: &[X509]) -> Signer {
    let parts: Vec<Element<'_>> = info.children().collect();
    let sid = parts.get(1).copied();
    let certificate = sid.and_then(|sid| certificates.iter().find(|certificate| is_named_by(certificate, sid)));
    let attributes = parts.iter().find(|element| element.tag == context(0));
    Signer {
        addresses: certificate.map(addresses).unwrap_or_default(),
        key: sid.and_then(serial).map(hex::encode),
        user_id: None,
        signed_at: attributes.and_then(|attributes| signing_time(*attributes)),
        certificate: certificate.map(facts),
    }
}

/// SignerIdentifier: issuer and serial number, or a subject key identifier [0].
fn is_named_by(certificate: &X509, sid: Element<'_>) -> bool {
    let tbs = certificate.tbs_certificate();
    if sid.tag == SEQUENCE {
        let issuer = sid.children().next().map(|element| element.whole);
        let same_serial = serial(sid) == Some(tbs.serial_number().as_bytes());
        return same_serial && tbs.issuer().to_der().is_ok_and(|der| issuer == Some(&der));
    }
    let key = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten();
    key.is_some_and(|(_, key)| key.0.as_bytes() == sid.content)
}

fn serial(sid: Element<'_>) -> Option<&[u8]> {
    let number = sid.children().nth(1).filter(|element| element.tag == INTEGER);
    number.filter(|_| sid.tag == SEQUENCE).map(|element| element.content)
}

/// RFC 8550 3: addresses stand in the alternative name, and in old certificates in the subject.
fn addresses(certificate: &X509) -> Vec<String> {
    let tbs = certificate.tbs_certificate();
    let mut found = Vec::new();
    if let Ok(Some((_, SubjectAltName(names)))) = tbs.get_extension::<SubjectAltName>() {
        found.extend(names.iter().filter_map(|name| match name {
            GeneralName::Rfc822Name(address) => Some(normal_address(address.as_str())),
            _ => None,
        }));
    }
    const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";
    let in_subject = tbs
        .subject()
        .iter()
        .filter(|attribute| attribute.oid.to_string() == EMAIL_ADDRESS);
    found.extend(
        in_subject
            .filter_map(|attribute| attribute.value.decode_as::<Ia5StringRef<'_>>().ok())
            .map(|address| normal_address(address.as_str())),
    );
    found.sort();
    found.dedup();
    found.truncate(MAX_ADDRESSES);
    found
}

fn facts(certificate: &X509) -> Certificate {
    let tbs = certificate.tbs_certificate();
    let validity = tbs.validity();
    Certificate {
        subject: tbs.subject().to_string(),
        issuer: tbs.issuer().to_string(),
        not_before: timestamp(validity.not_before),
        not_after: timestamp(validity.not_after),
        self_issued: tbs.subject() == tbs.issuer(),
    }
}

fn signing_time(attributes: Element<'_>) -> Option<Timestamp> {
    let attribute = attributes.children().find(|attribute| {
        let name = attribute.only_child(OBJECT_IDENTIFIER);
        name.is_some_and(|name| name.content == SIGNING_TIME)
    })?;
    let value = attribute
        .children()
        .nth(1)
        .filter(|values| values.tag == SET)?
        .children()
        .next()?;
    Time::from_der(value.whole).ok().map(timestamp)
}

fn timestamp(time: Time) -> Timestamp {
    Timestamp(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}
