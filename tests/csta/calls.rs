//! Calls as the PBX of these tests tells them, each party its own copy.

use crate::pbx::Pbx;
use crate::xml::{connection, device};

/// Somebody calls somebody. Both or one may be monitored.
pub(crate) struct Call {
    pub(crate) number: &'static str,
    pub(crate) caller: &'static str,
    pub(crate) called: &'static str,
}

impl Call {
    fn parties(&self) -> String {
        format!(
            "{}{}<lastRedirectionDevice><notRequired/></lastRedirectionDevice>",
            device("callingDevice", self.caller),
            device("calledDevice", self.called)
        )
    }

    /// It was dialled, and rings.
    pub(crate) fn rings(&self, pbx: &mut Pbx) {
        let begun = format!(
            "{}{}{}",
            connection("originatedConnection", self.number, self.caller),
            device("callingDevice", self.caller),
            device("calledDevice", self.called)
        );
        pbx.event(self.caller, "Originated", &format!("{begun}<localConnectionInfo>connected</localConnectionInfo><cause>newCall</cause>"));
        self.rings_at(pbx, self.called);
    }

    /// A device rings with it.
    pub(crate) fn rings_at(&self, pbx: &mut Pbx, number: &str) {
        let inner = format!("{}{}{}", connection("connection", self.number, number), device("alertingDevice", number), self.parties());
        for (party, state) in [(self.caller, "connected"), (number, "alerting")] {
            pbx.event(party, "Delivered", &format!("{inner}<localConnectionInfo>{state}</localConnectionInfo><cause>newCall</cause>"));
        }
        let alerting = (self.number.to_owned(), self.caller.to_owned(), "alerting", "connected");
        pbx.calls.entry(number.to_owned()).or_default().push(alerting);
        let calling = (self.number.to_owned(), number.to_owned(), "connected", "alerting");
        pbx.calls.entry(self.caller.to_owned()).or_default().push(calling);
    }

    /// It is answered at a device.
    pub(crate) fn is_answered_at(&self, pbx: &mut Pbx, number: &str) {
        let inner =
            format!("{}{}{}", connection("establishedConnection", self.number, number), device("answeringDevice", number), self.parties());
        for party in [self.caller, number] {
            pbx.event(party, "Established", &format!("{inner}<localConnectionInfo>connected</localConnectionInfo><cause>newCall</cause>"));
        }
        for (party, other) in [(self.caller, number), (number, self.caller)] {
            let talks = (self.number.to_owned(), other.to_owned(), "connected", "connected");
            pbx.calls.insert(party.to_owned(), vec![talks]);
        }
    }

    /// A device is out of it.
    pub(crate) fn leaves(&self, pbx: &mut Pbx, number: &str, told: &[&str]) {
        let inner = format!("{}{}", connection("droppedConnection", self.number, number), device("releasingDevice", number));
        for party in told {
            let state = if *party == number { "null" } else { "connected" };
            pbx.event(
                party,
                "ConnectionCleared",
                &format!("{inner}<localConnectionInfo>{state}</localConnectionInfo><cause>normalClearing</cause>"),
            );
        }
        pbx.calls.remove(number);
    }

    /// The caller hangs up, and then nobody is left.
    pub(crate) fn ends(&self, pbx: &mut Pbx) {
        let both = [self.caller, self.called];
        self.leaves(pbx, self.caller, &both);
        self.leaves(pbx, self.called, &both);
    }

    /// The whole of it.
    pub(crate) fn happens(&self, pbx: &mut Pbx) {
        self.rings(pbx);
        self.is_answered_at(pbx, self.called);
        self.ends(pbx);
    }
}
