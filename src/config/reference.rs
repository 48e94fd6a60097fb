//! The configuration reference (docs/config.md), printed from the catalogue.

use super::catalogue::{HUB_ROOT, ROOT};
use super::key::{Key, Kind, Preset};

const HEAD: &str = "\
# Configuration reference

<!-- Generated from src/config/catalogue: `strowger config-reference > docs/config.md`. A test holds it to the code. -->

One TOML file: the one named by `--config`, else `$STROWGER_CONFIG`, `./strowger.toml`, `/etc/strowger/strowger.toml`.
`strowger check` finds every mistake in it at once. Unknown keys are refused.

Every value can be overridden by an environment variable: `STROWGER__HTTP__LISTEN` is `listen` in `[http]`;
`STROWGER__PBX__0__ADDRESS` is `address` in the first `[[pbx]]`, `STROWGER__PBX__HQ__ADDRESS` in the one named `hq`.
Values are written plainly, lists with commas between.

The smallest file that `strowger run` takes:

```toml
[site]
name = \"hq\"

[[pbx]]
name = \"asterisk\"
address = \"127.0.0.1:5038\"
username = \"strowger\"
secret_file = \"ami.secret\"
```

For a Mitel system the last section is:

```toml
[[pbx]]
name = \"mitel\"
driver = \"oai\"
address = \"192.0.2.10:4000\"
secret_file = \"oai.password\"
```

For one that speaks CSTA, here OpenScape Voice:

```toml
[[pbx]]
name = \"openscape\"
driver = \"csta\"
address = \"192.0.2.10:1040\"

[pbx.csta]
dialect = \"openscape\"
extensions = [\"1001-1099\"]
```
";

const HUB_HEAD: &str = "
# The hub's file

`strowger hub` has a file of its own: the one named by `--config`, else `$STROWGER_CONFIG`, `./hub.toml`, `/etc/strowger/hub.toml`.
`strowger check --config hub.toml` checks it. Overrides are as above: `STROWGER__HUB__POSTGRES__URL`.

```toml
[hub]
servers = [\"nats://nats.example.com:4222\"]

[hub.postgres]
url = \"postgres://strowger@db.example.com/strowger\"
password_file = \"postgres.password\"
```
";

/// The whole page.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    sections(ROOT, "", &mut page);
    page.push_str(HUB_HEAD);
    sections(HUB_ROOT, "", &mut page);
    page
}

fn sections(keys: &[Key], path: &str, page: &mut String) {
    for key in keys {
        let name = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        let (inner, heading) = match &key.kind {
            Kind::Section { keys, .. } => (*keys, format!("[{name}]")),
            Kind::Sections(keys) => (*keys, format!("[[{name}]]")),
            Kind::Text | Kind::Secret | Kind::Path | Kind::Boolean | Kind::Integer { .. } | Kind::Choice(_) | Kind::List | Kind::Map => {
                continue;
            }
        };
        let word = if path.starts_with("sinks") { "type" } else { "driver" };
        let whole = if key.of.is_empty() {
            String::new()
        } else {
            format!("Only with {}. ", key.of.iter().map(|of| format!("`{word} = \"{of}\"`")).collect::<Vec<_>>().join(" or "))
        };
        page.extend(["\n## `", &heading, "`\n\n", &whole, key.about, "\n"]);
        if inner.iter().any(|key| !matches!(key.preset, Preset::None)) {
            page.push_str("\n| key | what | default | meaning |\n| --- | --- | --- | --- |\n");
        }
        for key in inner {
            let preset = match key.preset {
                Preset::Required => "must be written".to_owned(),
                Preset::Absent(words) => words.to_owned(),
                Preset::Value(literal) => format!("`{literal}`"),
                Preset::None => continue,
            };
            let only = if key.of.is_empty() {
                String::new()
            } else {
                format!("{} only. ", key.of.iter().map(|of| format!("`{of}`")).collect::<Vec<_>>().join(" or "))
            };
            page.extend(["| `", key.name, "` | ", &kind(&key.kind), " | ", &preset, " | ", &only, key.about, " |\n"]);
        }
        sections(inner, &name, page);
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Integer { min, max } => format!("{min} to {max}"),
        other => other.name(),
    }
}
