//! Whose datagram it is: by the address it comes from, and for STUN by the name in it. Never by
//! asking one connection after the other.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::credentials::Ufrag;
use crate::output::Transport;
use crate::slab::Key;

/// Addresses that one connection is known by at a time: those of a phone with two networks and
/// both IP versions.
const ADDRESSES_MAX: usize = 8;

/// An address that a connection was heard from.
pub(crate) type Address = (Transport, SocketAddr);

/// Addresses of one connection, in the order in which they were learnt.
pub(crate) type Addresses = Vec<Address>;

/// Finds connections.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_address: HashMap<Address, Key>,
    by_ufrag: HashMap<Ufrag, Key>,
}

impl Demux {
    pub(crate) fn by_address(&self, address: &Address) -> Option<Key> {
        self.by_address.get(address).copied()
    }

    pub(crate) fn by_ufrag(&self, ufrag: &Ufrag) -> Option<Key> {
        self.by_ufrag.get(ufrag).copied()
    }

    /// Makes a connection known by its name; `false` if another has it.
    pub(crate) fn introduce(&mut self, ufrag: Ufrag, key: Key) -> bool {
        match self.by_ufrag.entry(ufrag) {
            std::collections::hash_map::Entry::Occupied(_) => false,
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(key);
                true
            }
        }
    }

    /// Learns that a connection speaks from an address; forgets its oldest beyond the bound. The
    /// connection that had the address before, if any, has lost it.
    pub(crate) fn learn(&mut self, key: Key, address: Address, known: &mut Addresses) {
        if self.by_address.insert(address, key) == Some(key) {
            return;
        }
        known.push(address);
        if known.len() > ADDRESSES_MAX {
            let oldest = known.remove(0);
            self.forget_address(key, &oldest);
        }
    }

    pub(crate) fn forget(&mut self, key: Key, ufrag: &Ufrag, known: &Addresses) {
        self.by_ufrag.remove(ufrag);
        for address in known {
            self.forget_address(key, address);
        }
    }

    fn forget_address(&mut self, key: Key, address: &Address) {
        if self.by_address.get(address) == Some(&key) {
            self.by_address.remove(address);
        }
    }

    /// Entries, for tests of what is left behind.
    pub(crate) fn len(&self) -> usize {
        self.by_address.len() + self.by_ufrag.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slab::Slab;

    fn address(port: u16) -> Address {
        (Transport::Udp, SocketAddr::from(([192, 0, 2, 1], port)))
    }

    #[test]
    fn a_connection_is_known_by_its_newest_addresses() {
        let mut slab = Slab::new();
        let ann = slab.insert(()).unwrap();
        let mut demux = Demux::default();
        let mut known = Addresses::new();
        for port in 1..=10 {
            demux.learn(ann, address(port), &mut known);
            demux.learn(ann, address(port), &mut known);
        }
        assert_eq!(known.len(), ADDRESSES_MAX);
        assert_eq!(demux.by_address(&address(2)), None);
        assert_eq!(demux.by_address(&address(3)), Some(ann));
        demux.forget(ann, &Ufrag::parse("0123456789abcdefgh").unwrap(), &known);
        assert_eq!(demux.len(), 0);
    }

    #[test]
    fn an_address_goes_to_who_speaks_from_it_last() {
        let mut slab = Slab::new();
        let (ann, ben) = (slab.insert(()).unwrap(), slab.insert(()).unwrap());
        let mut demux = Demux::default();
        let (mut of_ann, mut of_ben) = (Addresses::new(), Addresses::new());
        demux.learn(ann, address(1), &mut of_ann);
        demux.learn(ben, address(1), &mut of_ben);
        let ufrag = Ufrag::parse("0123456789abcdefgh").unwrap();
        assert!(demux.introduce(ufrag, ann));
        assert!(!demux.introduce(ufrag, ben));
        demux.forget(ann, &ufrag, &of_ann);
        assert_eq!(demux.by_address(&address(1)), Some(ben));
        assert_eq!(demux.by_ufrag(&ufrag), None);
    }
}
