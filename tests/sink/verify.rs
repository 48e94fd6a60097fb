//! Somebody else's verifier: the Python library of the Standard Webhooks project, put there by `scripts/install-standardwebhooks`.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::receiver::Request;
use super::support::program::{command, good, target};

const SCRIPT: &str = "\
import json, sys
from standardwebhooks.webhooks import Webhook
for request in json.load(open(sys.argv[2])):
    Webhook(sys.argv[1]).verify(request['body'], request['headers'])
    print(request['headers']['webhook-id'])
";

/// The ids of those requests, after each was verified with this secret.
pub(crate) fn verified(name: &str, secret: &str, requests: &[Request]) -> Result<Vec<String>> {
    let library = target().join("tools/standardwebhooks");
    ensure!(library.is_dir(), "{} is missing: scripts/install-standardwebhooks puts it there", library.display());
    let requests: Vec<serde_json::Value> = requests
        .iter()
        .map(|request| {
            let headers = serde_json::json!({
                "webhook-id": request.id, "webhook-timestamp": request.timestamp, "webhook-signature": request.signature,
            });
            serde_json::json!({ "headers": headers, "body": request.body })
        })
        .collect();
    let file = target().join("tmp").join(format!("{name}.webhooks.json"));
    fs::create_dir_all(target().join("tmp"))?;
    fs::write(&file, serde_json::to_vec(&requests)?).with_context(|| format!("{}", file.display()))?;
    let said = good(command("python3", ["-c", SCRIPT, secret]).arg(&file).env("PYTHONPATH", &library))?;
    Ok(said.lines().map(str::to_owned).collect())
}
