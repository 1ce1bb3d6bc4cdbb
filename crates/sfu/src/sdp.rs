//! What has to be known of an SDP before the engine may see it.

use greenroom_domain::limits::{SDP_MAX_BYTES, SDP_MEDIA_LINES_MAX};
use str0m::media::Rid;

use crate::codec::{OPUS, VideoFormat};
use crate::settings::NegotiationError;

/// Most simulcast layers of one track; those beyond are not heard of.
pub(crate) const LAYERS_MAX: usize = 3;

/// A session description within our bounds, without what we have no use for.
pub(crate) struct Description {
    text: String,
    sections: Vec<Section>,
}

/// One m-line with what belongs to it.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) kind: Option<Kind>,
    pub(crate) mid: String,
    pub(crate) sends: bool,
    pub(crate) opus: bool,
    pub(crate) formats: Vec<VideoFormat>,
    pub(crate) layers: Vec<Rid>,
}

/// Sound or pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl Description {
    /// Reads a description and leaves out candidates: nobody is sent a check, so that a remote's
    /// address is learnt when it speaks. They could name hosts (`.local`), and each would cost.
    pub(crate) fn read(sdp: &str) -> Result<Self, NegotiationError> {
        if sdp.len() > SDP_MAX_BYTES {
            return Err(NegotiationError::Malformed);
        }
        let mut text = String::with_capacity(sdp.len());
        let mut sections = Vec::new();
        let mut lines: Vec<&str> = Vec::new();
        for line in sdp.lines() {
            let line = line.trim_end();
            if line.is_empty() || is_superfluous(line) {
                continue;
            }
            if line.starts_with("m=") {
                sections.extend(Section::read(&lines));
                lines.clear();
            }
            lines.push(line);
            text.push_str(line);
            text.push_str("\r\n");
        }
        sections.extend(Section::read(&lines));
        if sections.is_empty() || sections.len() > SDP_MEDIA_LINES_MAX {
            return Err(NegotiationError::Malformed);
        }
        Ok(Self { text, sections })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same as said by somebody who only sends.
    pub(crate) fn sending_only(&self) -> String {
        self.text.replace("a=sendrecv\r\n", "a=sendonly\r\n")
    }

    /// The first line of a kind that sends something we can carry.
    pub(crate) fn sender(&self, kind: Kind) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.kind == Some(kind) && section.sends && section.is_carried())
    }

    /// The first line with Opus, whatever its direction.
    pub(crate) fn opus_line(&self) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.kind == Some(Kind::Audio) && section.opus)
    }
}

fn is_superfluous(line: &str) -> bool {
    line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates")
}

impl Section {
    /// Reads what begins with an m-line; `None` for the part before the first.
    fn read(lines: &[&str]) -> Option<Self> {
        let mut words = lines.first()?.strip_prefix("m=")?.split(' ');
        let mut section = Self {
            kind: match words.next() {
                Some("audio") => Some(Kind::Audio),
                Some("video") => Some(Kind::Video),
                _ => None,
            },
            sends: words.next() != Some("0"),
            ..Self::default()
        };
        let mut encodings: Vec<(&str, &str)> = Vec::new();
        for line in lines {
            if let Some(mid) = line.strip_prefix("a=mid:") {
                mid.clone_into(&mut section.mid);
            } else if matches!(*line, "a=recvonly" | "a=inactive") {
                section.sends = false;
            } else if let Some(simulcast) = line.strip_prefix("a=simulcast:") {
                section.layers = sent_layers(simulcast);
            } else if let Some((payload_type, encoding)) = line
                .strip_prefix("a=rtpmap:")
                .and_then(|map| map.split_once(' '))
            {
                let name = encoding.split('/').next().unwrap_or_default();
                section.opus |= name.eq_ignore_ascii_case(OPUS);
                encodings.push((payload_type, name));
            }
        }
        let fmtp = |payload_type: &str| {
            lines
                .iter()
                .filter_map(|line| line.strip_prefix("a=fmtp:")?.split_once(' '))
                .find(|(of, _)| *of == payload_type)
                .map_or("", |(_, parameters)| parameters)
        };
        section.formats = encodings
            .iter()
            .filter_map(|(payload_type, name)| VideoFormat::parse(name, fmtp(payload_type)))
            .collect();
        Some(section)
    }

    fn is_carried(&self) -> bool {
        match self.kind {
            Some(Kind::Audio) => self.opus,
            Some(Kind::Video) => !self.formats.is_empty(),
            None => false,
        }
    }

    /// The format that is taken of those offered.
    pub(crate) fn best_format(&self) -> Option<VideoFormat> {
        self.formats
            .iter()
            .min_by_key(|format| format.rank())
            .copied()
    }
}

/// The rids in `a=simulcast` (RFC 8853 section 5.1), lowest layer first.
fn sent_layers(simulcast: &str) -> Vec<Rid> {
    let mut words = simulcast.split_ascii_whitespace();
    let list = loop {
        match (words.next(), words.next()) {
            (Some("send"), Some(list)) => break list,
            (Some(_), Some(_)) => {}
            _ => return Vec::new(),
        }
    };
    let rids: Vec<&str> = list
        .split(';')
        .filter_map(|alternatives| alternatives.split(',').next())
        .map(|rid| rid.trim_start_matches('~'))
        .filter(|rid| !rid.is_empty() && rid.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .take(LAYERS_MAX)
        .collect();
    let mut layers = rids.clone();
    if rids.iter().all(|rid| rank(rid, &rids).is_some()) {
        layers.sort_by_key(|rid| rank(rid, &rids));
    } else {
        // The first is preferred, which nobody says of the smallest.
        layers.reverse();
    }
    layers.into_iter().map(Rid::from).collect()
}

/// How high a layer is that has a name in common use: h, m, l or f, h, q.
fn rank(rid: &str, all: &[&str]) -> Option<u8> {
    let fhq = all.iter().any(|other| matches!(*other, "f" | "q"));
    match (rid, fhq) {
        ("l", false) | ("q", true) | ("0", _) => Some(0),
        ("m", false) | ("h", true) | ("1", _) => Some(1),
        ("h", false) | ("f", true) | ("2", _) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
