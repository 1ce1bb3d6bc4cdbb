//! What a mixer has done.

/// What a mixer has done since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Ticks that were run.
    pub ticks: u64,
    /// Ticks that were left out because the mixer was not run in time.
    pub ticks_skipped: u64,
    /// Frames encoded to be sent.
    pub encodes: u64,
    /// Frames encoded only to bring an encoder to where another one is.
    pub priming_encodes: u64,
    /// Packets decoded.
    pub decodes: u64,
    /// Times that something lost, late or broken was concealed, 20 ms or less at a time.
    pub concealments: u64,
    /// Lost packets brought back from the forward error correction of the next one.
    pub recoveries: u64,
    /// Packets that came after their time had passed.
    pub late: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets too long or no Opus.
    pub malformed: u64,
    /// Packets that gave way to newer ones.
    pub overflows: u64,
    /// Packets of legs that are muted or not there.
    pub unheard: u64,
    /// Packets left out, and concealments put in, to bring a leg's delay to where it should be.
    pub delay_changes: u64,
    /// Speakers that gave way to louder ones.
    pub displaced: u64,
    /// Frames that nobody took in time.
    pub frames_dropped: u64,
}
