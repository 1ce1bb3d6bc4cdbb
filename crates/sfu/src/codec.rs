//! The codecs that are carried, and how they are written in SDP.

use str0m::format::{
    Codec, CodecConfig, FormatParams, PayloadParams, detect_av1_keyframe, detect_h264_keyframe,
    detect_vp8_keyframe, detect_vp9_keyframe,
};

use crate::settings::TrackCodec;

/// The name of the only audio codec.
pub(crate) const OPUS: &str = "opus";

/// Video in one format: a codec and what of its parameters both ends must agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VideoFormat {
    codec: Codec,
    params: FormatParams,
}

/// A video codec: its name, and the payload types of it and of its resends that we offer.
struct VideoCodec {
    codec: Codec,
    name: &'static str,
}

/// In the order in which they are chosen from an offer: what every browser decodes comes first.
const VIDEO_CODECS: &[VideoCodec] = &[
    VideoCodec {
        codec: Codec::Vp8,
        name: "vp8",
    },
    VideoCodec {
        codec: Codec::H264,
        name: "h264",
    },
    VideoCodec {
        codec: Codec::Vp9,
        name: "vp9",
    },
    VideoCodec {
        codec: Codec::Av1,
        name: "av1",
    },
];

/// Payload types for what we offer, each with that of its resends (RFC 5761 section 4 leaves these
/// free; 96 first, as browsers do).
const OFFERED_PAYLOAD_TYPES: &[(u8, u8)] = &[
    (96, 97),
    (98, 99),
    (100, 101),
    (102, 103),
    (104, 105),
    (106, 107),
    (108, 109),
    (112, 113),
    (114, 115),
    (116, 117),
    (118, 119),
    (120, 121),
];

impl VideoFormat {
    /// Reads `a=rtpmap` and `a=fmtp`; `None` if it is nothing that is carried.
    pub(crate) fn parse(encoding: &str, fmtp: &str) -> Option<Self> {
        let known = VIDEO_CODECS
            .iter()
            .find(|known| encoding.eq_ignore_ascii_case(known.name))?;
        Some(Self {
            codec: known.codec,
            params: FormatParams::parse_line(fmtp),
        })
    }

    /// What a publisher's track says of itself.
    pub(crate) fn of_track(track: &TrackCodec) -> Option<Self> {
        Self::parse(track.codec, &track.format)
    }

    /// In lower case.
    pub(crate) fn name(&self) -> &'static str {
        VIDEO_CODECS
            .iter()
            .find(|known| known.codec == self.codec)
            .map_or("", |known| known.name)
    }

    /// As in `a=fmtp`; empty where there is nothing to agree on.
    pub(crate) fn fmtp(&self) -> String {
        self.params.to_string()
    }

    pub(crate) fn is_vp8(&self) -> bool {
        self.codec == Codec::Vp8
    }

    /// How welcome it is in an offer that has several: lower is better.
    ///
    /// H.264 in packetization mode 1 and (constrained) baseline is what most decoders take, VP9 in
    /// profile 0.
    pub(crate) fn rank(&self) -> usize {
        let codec = VIDEO_CODECS
            .iter()
            .position(|known| known.codec == self.codec)
            .unwrap_or(VIDEO_CODECS.len());
        let params = &self.params;
        let unusual_mode = self.codec == Codec::H264 && params.packetization_mode.unwrap_or(0) != 1;
        let profile = params.profile_level_id.unwrap_or(0x0042_0000) >> 16;
        let unusual_profile = if self.codec == Codec::H264 {
            profile != 0x42
        } else {
            params.profile_id.unwrap_or(0) != 0 || params.profile.unwrap_or(0) != 0
        };
        codec * 4 + usize::from(unusual_mode) * 2 + usize::from(unusual_profile)
    }

    /// Whether a packet begins a picture that needs no other.
    pub(crate) fn starts_keyframe(&self, payload: &[u8]) -> bool {
        let detect = match self.name() {
            "vp8" => detect_vp8_keyframe,
            "h264" => detect_h264_keyframe,
            "vp9" => detect_vp9_keyframe,
            "av1" => detect_av1_keyframe,
            _ => return false,
        };
        detect(payload)
    }

    /// Whether a negotiated payload is this.
    pub(crate) fn is(&self, payload: &PayloadParams) -> bool {
        let spec = payload.spec();
        spec.codec == self.codec
            && spec.format.packetization_mode.unwrap_or(0)
                == self.params.packetization_mode.unwrap_or(0)
            && h264_profile(&spec.format) == h264_profile(&self.params)
            && spec.format.profile_id.unwrap_or(0) == self.params.profile_id.unwrap_or(0)
            && spec.format.profile.unwrap_or(0) == self.params.profile.unwrap_or(0)
    }
}

/// Profile and constraints, without the level: RFC 6184 section 8.2.2 lets that differ.
fn h264_profile(params: &FormatParams) -> u32 {
    params.profile_level_id.unwrap_or(0x0042_e01f) >> 8
}

/// Lets a connection carry Opus and these formats, and nothing else.
pub(crate) fn configure(config: &mut CodecConfig, audio: bool, formats: &[VideoFormat]) {
    config.clear();
    config.enable_opus(audio, false);
    let mut distinct: Vec<VideoFormat> = Vec::with_capacity(formats.len());
    for format in formats {
        if !distinct.contains(format) {
            distinct.push(*format);
        }
    }
    for (format, (payload_type, resends)) in distinct.iter().zip(OFFERED_PAYLOAD_TYPES) {
        config.add_config(
            (*payload_type).into(),
            Some((*resends).into()),
            format.codec,
            str0m::media::Frequency::NINETY_KHZ,
            None,
            format.params,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_survives_being_written_down() {
        for (encoding, fmtp) in [
            ("VP8", ""),
            (
                "H264",
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            ),
            ("VP9", "profile-id=2"),
            ("AV1", "profile=0;level-idx=5;tier=0"),
        ] {
            let format = VideoFormat::parse(encoding, fmtp).unwrap();
            let again = VideoFormat::parse(format.name(), &format.fmtp()).unwrap();
            assert_eq!(format, again, "{encoding}");
        }
        assert_eq!(VideoFormat::parse("ulpfec", ""), None);
    }

    #[test]
    fn what_most_browsers_decode_is_preferred() {
        let formats = [
            ("VP8", ""),
            ("H264", "packetization-mode=1;profile-level-id=42e01f"),
            ("H264", "packetization-mode=1;profile-level-id=64001f"),
            ("H264", "packetization-mode=0;profile-level-id=42e01f"),
            ("VP9", "profile-id=0"),
            ("VP9", "profile-id=2"),
            ("AV1", "profile=0"),
        ];
        let ranks: Vec<usize> = formats
            .iter()
            .map(|(encoding, fmtp)| VideoFormat::parse(encoding, fmtp).unwrap().rank())
            .collect();
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    }

    proptest::proptest! {
        /// Whatever a publisher sends, nothing here falls over it.
        #[test]
        fn any_payload_is_looked_at(payload in proptest::collection::vec(0_u8.., 0..64)) {
            for encoding in ["VP8", "H264", "VP9", "AV1"] {
                VideoFormat::parse(encoding, "").unwrap().starts_keyframe(&payload);
            }
        }
    }

    #[test]
    fn each_format_is_configured_once() {
        let vp8 = VideoFormat::parse("VP8", "").unwrap();
        let vp9 = VideoFormat::parse("VP9", "profile-id=0").unwrap();
        let mut config = CodecConfig::new_with_defaults();
        configure(&mut config, true, &[vp8, vp9, vp8]);
        assert_eq!(config.params().len(), 3);
        assert_eq!(config.params().iter().filter(|p| vp8.is(p)).count(), 1);
        assert_eq!(config.params().iter().filter(|p| vp9.is(p)).count(), 1);
    }
}
