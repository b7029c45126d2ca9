//! The library's results as the RFCs' words.

use mail_auth::{Dkim2Result, DkimResult, DmarcResult, Error, SpfResult, arc::ArcError, dkim::DkimError};

pub(super) fn spf_word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}

pub(super) fn dkim_word(result: &DkimResult) -> &'static str {
    match result {
        DkimResult::Pass => "pass",
        DkimResult::Neutral(_) => "neutral",
        DkimResult::Fail(_) => "fail",
        DkimResult::PermError(_) => "permerror",
        DkimResult::TempError(_) => "temperror",
        DkimResult::None => "none",
    }
}

pub(super) fn dmarc_word(result: &DmarcResult) -> &'static str {
    match result {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail(_) => "fail",
        DmarcResult::TempError(_) => "temperror",
        DmarcResult::PermError(_) => "permerror",
        DmarcResult::None => "none",
    }
}

pub(super) fn dkim2_word(result: &Dkim2Result) -> &'static str {
    match result {
        Dkim2Result::Pass => "pass",
        Dkim2Result::Fail(_) => "fail",
        Dkim2Result::PermError(_) => "permerror",
        Dkim2Result::TempError(_) => "temperror",
        Dkim2Result::None => "none",
    }
}

/// What [`dkim_cause`] says of a body that does not hash to bh=.
pub(super) const BODY_HASH: &str = "body hash";
/// ... and of a signature past its x=.
pub(super) const EXPIRED: &str = "expired";

/// Why it is no pass, in the library's own words but for what is told apart by them.
pub(super) fn dkim_cause(result: &DkimResult) -> Option<String> {
    match result {
        DkimResult::Neutral(error)
        | DkimResult::Fail(error)
        | DkimResult::PermError(error)
        | DkimResult::TempError(error) => Some(words(error)),
        DkimResult::Pass | DkimResult::None => None,
    }
}

fn words(error: &Error) -> String {
    match error {
        Error::Dkim(DkimError::FailedBodyHashMatch) | Error::Arc(ArcError::FailedBodyHashMatch) => BODY_HASH.to_owned(),
        Error::Dkim(DkimError::SignatureExpired) | Error::Arc(ArcError::SignatureExpired) => EXPIRED.to_owned(),
        other => other.to_string(),
    }
}
