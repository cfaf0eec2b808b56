//! The webhook's host: whether Telegram finds it, and can reach it.

use std::net::IpAddr;

use domain::configuration::is_public_address;
use platform::dns;

use crate::registry::LiveFault;

/// Looks the host up. An address is one already, and nobody is asked.
pub(super) async fn look(host: &str) -> Vec<LiveFault> {
    match dns::addresses(host).await {
        Err(_) => vec![LiveFault::WebhookUnknown],
        Ok(addresses) if !addresses.iter().any(is_reached) => vec![LiveFault::WebhookNotPublic],
        Ok(_) => vec![],
    }
}

/// Telegram posts over IPv4 alone, and to no address that is reserved.
fn is_reached(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if is_public_address(*address))
}
