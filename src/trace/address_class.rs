//! What kind of address it is (trace.md 3.6).

use std::net::IpAddr;

/// The classes of trace.md 3.6. "Global" does not mean "outside".
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of trace.md 3.6")]
pub enum AddressClass {
    Global,
    Private,
    CarrierNat,
    Loopback,
    LinkLocal,
    UniqueLocal,
    Documentation,
    Benchmarking,
    Reserved,
    SixToFour,
    Teredo,
    Nat64,
}

impl AddressClass {
    /// The class of an address.
    pub fn of(_ip: IpAddr) -> Self {
        Self::Global
    }
}
