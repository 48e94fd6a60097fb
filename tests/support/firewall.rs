//! Cuts a port of this machine off, without a word to either side, as a firewall does.

use anyhow::{Context, Result};

use super::program::{command, good, run};

/// A port that nothing reaches and nothing leaves, until mended or dropped.
pub(crate) struct Cut {
    table: String,
}

impl Cut {
    pub(crate) fn port(port: u16) -> Result<Self> {
        let cut = Self { table: format!("strowger_test_{port}") };
        let rules = format!(
            "add table inet {0}; add chain inet {0} cut {{ type filter hook input priority 0; }}; \
             add rule inet {0} cut tcp dport {port} drop; add rule inet {0} cut tcp sport {port} drop",
            cut.table
        );
        good(&mut command("nft", [rules])).context("cutting a port off needs nftables, root and the nf_tables module")?;
        Ok(cut)
    }

    pub(crate) fn mend(self) -> Result<()> {
        good(&mut self.remove()).map(drop)
    }

    fn remove(&self) -> std::process::Command {
        command("nft", ["delete", "table", "inet", &self.table])
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        // After `mend` there is nothing left to remove.
        let _nothing = run(&mut self.remove());
    }
}
