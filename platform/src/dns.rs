//! The addresses of a name, as the C library finds them: in `/etc/hosts`, then by asking DNS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use crate::lookups::Lookups;

static LOOKUPS: Lookups = Lookups::new();

/// No address was found, because there is none or because nobody could be asked: the C library's
/// answer does not tell the two apart reliably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no address was found")]
pub struct NoAddress;

/// Every address of `host`, which may be an address itself. It has no deadline of its own; who
/// gives up waiting leaves a thread to the resolver's own patience, and nothing waits for that.
///
/// # Errors
/// [`NoAddress`].
pub async fn addresses(host: &str) -> Result<Vec<IpAddr>, NoAddress> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![address]);
    }
    // RFC 6761, sections 6.3 and 6.4: these names need no resolver. A health check that runs in the
    // image of somebody else could not trust theirs.
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    if is_invalid(host) {
        return Err(NoAddress);
    }
    let look_up = |host: &str| (host, 0).to_socket_addrs().map(Vec::from_iter);
    let found: Result<io::Result<Vec<SocketAddr>>, _> = LOOKUPS.ask(host, look_up).await;
    let found = found.map_err(|_| NoAddress)?.map_err(|_| NoAddress)?;
    if found.is_empty() {
        return Err(NoAddress);
    }
    Ok(found.into_iter().map(|address| address.ip()).collect())
}

/// Whether the name is one that never exists.
fn is_invalid(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_of_fixed_meaning_need_no_resolver() {
        for (host, expected) in [
            ("192.0.2.1", Ok(vec!["192.0.2.1".parse().unwrap()])),
            ("2001:db8::1", Ok(vec!["2001:db8::1".parse().unwrap()])),
            ("LocalHost", Ok(vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()])),
            ("nothing.invalid", Err(NoAddress)),
            ("nothing.INVALID.", Err(NoAddress)),
        ] {
            assert_eq!(addresses(host).await, expected, "{host}");
        }
    }
}
