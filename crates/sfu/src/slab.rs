//! Things in fixed places, found by index; a place that was reused is told from what it was.

/// Where something stands. One that is outdated finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

struct Place<T> {
    generation: u32,
    content: Option<T>,
}

pub(crate) struct Slab<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
    len: usize,
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts something in; `None` once every index is taken.
    pub(crate) fn insert(&mut self, content: T) -> Option<Key> {
        let index = if let Some(index) = self.free.pop() {
            index
        } else {
            let index = u32::try_from(self.places.len()).ok()?;
            self.places.push(Place {
                generation: 0,
                content: None,
            });
            index
        };
        let place = self.places.get_mut(usize::try_from(index).ok()?)?;
        place.content = Some(content);
        self.len += 1;
        Some(Key {
            index,
            generation: place.generation,
        })
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let place = self.places.get(usize::try_from(key.index).ok()?)?;
        place
            .content
            .as_ref()
            .filter(|_| place.generation == key.generation)
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = self.places.get_mut(usize::try_from(key.index).ok()?)?;
        place
            .content
            .as_mut()
            .filter(|_| place.generation == key.generation)
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let place = self.places.get_mut(usize::try_from(key.index).ok()?)?;
        if place.generation != key.generation {
            return None;
        }
        let content = place.content.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(key.index);
        self.len -= 1;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_place_is_not_found_by_its_old_key() {
        let mut slab = Slab::new();
        let first = slab.insert("first").unwrap();
        assert_eq!(slab.remove(first), Some("first"));
        let second = slab.insert("second").unwrap();
        assert_eq!(slab.len(), 1);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&"second"));
        assert_eq!(slab.get_mut(second).copied(), Some("second"));
        assert_eq!(slab.len(), 1);
    }
}
