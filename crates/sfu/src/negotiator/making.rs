//! A connection while it is negotiated, and what came of that.

use str0m::Rtc;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, PayloadParams};
use str0m::media::{Mid, Pt};

use super::{Line, NewPeer, NewRole};
use crate::codec::VideoFormat;
use crate::credentials::Ufrag;
use crate::guard::guarded;
use crate::sdp::Description;
use crate::settings::{NegotiationError, PeerId};

/// A connection that is being negotiated.
pub(crate) struct Making {
    pub(super) peer: PeerId,
    pub(super) ufrag: Ufrag,
    pub(super) rtc: Box<Rtc>,
}

impl Making {
    pub(super) fn answer(&mut self, offer: &str) -> Result<String, NegotiationError> {
        let offer = guarded(|| SdpOffer::from_sdp_string(offer).ok())
            .flatten()
            .ok_or(NegotiationError::Malformed)?;
        let answer = guarded(|| self.rtc.sdp_api().accept_offer(offer).ok())
            .flatten()
            .ok_or(NegotiationError::Malformed)?;
        Ok(answer.to_sdp_string())
    }

    pub(super) fn take_answer(
        &mut self,
        pending: SdpPendingOffer,
        answer: &str,
    ) -> Result<(), NegotiationError> {
        accept_answer(&mut self.rtc, pending, answer)
    }

    pub(super) fn opus(&self, mid: Mid) -> Option<Pt> {
        negotiated(&self.rtc, mid, |codec| codec.spec().codec == Codec::Opus)
    }

    pub(super) fn payload_type(&self, mid: Mid, format: VideoFormat) -> Option<Pt> {
        negotiated(&self.rtc, mid, |codec| format.is(codec))
    }

    pub(super) fn opus_out(&mut self, mid: Mid) -> Option<Line> {
        audio_line(&mut self.rtc, mid)
    }

    pub(super) fn finish(self, role: NewRole) -> NewPeer {
        NewPeer {
            id: self.peer,
            ufrag: self.ufrag,
            rtc: self.rtc,
            role,
        }
    }
}

/// Takes an answer from outside.
pub(crate) fn accept_answer(
    rtc: &mut Rtc,
    pending: SdpPendingOffer,
    answer: &str,
) -> Result<(), NegotiationError> {
    let answer = Description::read(answer)?;
    let answer = guarded(|| SdpAnswer::from_sdp_string(answer.text()).ok())
        .flatten()
        .ok_or(NegotiationError::Malformed)?;
    guarded(|| rtc.sdp_api().accept_answer(pending, answer).ok())
        .flatten()
        .ok_or(NegotiationError::NoSuchOffer)
}

fn negotiated(rtc: &Rtc, mid: Mid, wanted: impl Fn(&PayloadParams) -> bool) -> Option<Pt> {
    let codecs = rtc.codec_config().params();
    rtc.media(mid)?.remote_pts().iter().copied().find(|pt| {
        codecs
            .iter()
            .any(|codec| codec.pt() == *pt && wanted(codec))
    })
}

/// How audio is sent on a line, if the other side takes it.
pub(crate) fn audio_line(rtc: &mut Rtc, mid: Mid) -> Option<Line> {
    let payload_type = negotiated(rtc, mid, |codec| codec.spec().codec == Codec::Opus)?;
    line(rtc, mid, payload_type)
}

/// How video is sent on a line, if the other side takes it.
pub(crate) fn video_line(rtc: &mut Rtc, mid: Mid, format: VideoFormat) -> Option<Line> {
    let payload_type = negotiated(rtc, mid, |codec| format.is(codec))?;
    line(rtc, mid, payload_type)
}

fn line(rtc: &mut Rtc, mid: Mid, payload_type: Pt) -> Option<Line> {
    if !rtc.media(mid)?.direction().is_sending() {
        return None;
    }
    let ssrc = rtc.direct_api().stream_tx_by_mid(mid, None)?.ssrc();
    Some(Line {
        mid,
        ssrc,
        payload_type,
    })
}
