//! The configuration as an administrator meets it: all mistakes at once, overrides, secrets, the reference.

#![allow(clippy::expect_used, reason = "a test may fail anywhere")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use strowger::config::{self, Address, Config, Driver, HttpListen, Loaded, Surroundings, Use};
use strowger::pbx::{ami, csta, oai};

const MINIMAL: &str = "\
[site]
name = \"hq\"

[[pbx]]
name = \"asterisk\"
address = \"pbx.example.com\"
username = \"strowger\"
secret = \"swordfish\"
";

fn read(text: &str, purpose: Use, variables: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
    let surroundings = Surroundings::from_pairs(variables.iter().copied());
    config::read(Path::new("strowger.toml"), text, purpose, &surroundings).map_err(|diagnosis| diagnosis.lines().collect())
}

const MITEL: &str = "\
[site]
name = \"hq\"

[[pbx]]
name = \"mitel\"
driver = \"oai\"
address = \"pbx.example.com\"
";

/// The first PBX's settings, which must be an Asterisk's.
fn asterisk(config: &Config) -> &ami::Settings {
    match config.pbxs()[0].driver() {
        Driver::Ami(settings) => settings,
        Driver::Oai(_) | Driver::Csta(_) => panic!("not an Asterisk"),
    }
}

/// The first PBX's settings, which must be a Mitel's.
fn mitel(config: &Config) -> &oai::Settings {
    match config.pbxs()[0].driver() {
        Driver::Oai(settings) => settings,
        Driver::Ami(_) | Driver::Csta(_) => panic!("not a Mitel"),
    }
}

const CSTA: &str = "\
[site]
name = \"hq\"

[[pbx]]
name = \"pbx\"
driver = \"csta\"
address = \"127.0.0.1:8800\"
";

/// The first PBX's settings, which must be those of a PBX that speaks CSTA.
fn csta(config: &Config) -> &csta::Settings {
    match config.pbxs()[0].driver() {
        Driver::Csta(settings) => settings,
        Driver::Ami(_) | Driver::Oai(_) => panic!("it does not speak CSTA"),
    }
}

#[test]
fn all_mistakes_at_once() {
    let text = include_str!("config/many-mistakes.toml");
    let lines = read(text, Use::Connect, &[]).expect_err("there are mistakes");
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn all_mistakes_about_a_mitel_at_once() {
    let text = include_str!("config/many-mistakes-oai.toml");
    let lines = read(text, Use::Connect, &[]).expect_err("there are mistakes");
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn mistakes_about_the_retention() {
    let errors = |retention: &str| {
        let text = format!("{MINIMAL}[retention]\n{retention}\n");
        read(&text, Use::Connect, &[])
            .map(drop)
            .expect_err("a mistake")
            .into_iter()
            .filter(|line| line.contains("error"))
            .collect::<Vec<_>>()
    };
    for (retention, what) in [
        (
            "anonymise_after_days = 30\ndelete_after_days = 30",
            "`retention.delete_after_days` is 30, not more than `anonymise_after_days` (30)",
        ),
        ("anonymise_after_days = 0", "`retention.anonymise_after_days`"),
        ("numbers = \"pseudonym\"", "`retention.numbers` is \"pseudonym\", which needs a key"),
        ("pseudonym_key_file = \"key\"", "`retention.pseudonym_key_file` does nothing without `numbers = \"pseudonym\"`"),
        ("numbers = \"pseudonym\"\npseudonym_key_file = \"gone.key\"", "gone.key cannot be read"),
        ("numbers = \"pseudonym\"\npseudonym_key_file = \"a\"\npseudonym_key_credential = \"b\"", "which one holds? Keep one"),
        ("numbers = \"pseudonym\"\npseudonym_key_credential = \"b\"", "needs systemd"),
        ("at = \"3 o'clock\"", "`retention.at` is \"3 o'clock\"; it must be a time of day such as \"03:15\""),
        ("at = \"24:00\"", "`retention.at`"),
    ] {
        let lines = errors(retention);
        assert!(lines.len() == 1 && lines[0].contains(what), "{retention}: {lines:#?}");
    }
    let off = read(MINIMAL, Use::Connect, &[]).expect("right").config;
    assert!(off.retention().policy.is_off());
    let directory = tempfile::tempdir().expect("a directory");
    let key = directory.path().join("key");
    let text = format!("{MINIMAL}[retention]\nanonymise_after_days = 90\nnumbers = \"pseudonym\"\npseudonym_key_file = {key:?}\n");
    std::fs::write(&key, "too short\n").expect("written");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("mode set");
    let lines = read(&text, Use::Connect, &[]).expect_err("too short").join("\n");
    assert!(lines.contains("is shorter than 16 bytes") && !lines.contains("too short\n"), "{lines}");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef\n").expect("written");
    let config = read(&text, Use::Connect, &[]).expect("right").config;
    assert!(matches!(config.retention().numbers(), Ok(strowger::privacy::Numbers::Pseudonym(_))));
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
}

#[test]
fn all_mistakes_about_csta_at_once() {
    let text = include_str!("config/many-mistakes-csta.toml");
    let lines = read(text, Use::Connect, &[]).expect_err("there are mistakes").join("\n");
    assert!(!lines.contains("swordfish"), "{lines}");
    insta::assert_snapshot!(lines);
}

#[test]
fn all_mistakes_about_sinks_at_once() {
    let text = include_str!("config/many-mistakes-sinks.toml");
    let lines = read(text, Use::Connect, &[]).expect_err("there are mistakes").join("\n");
    assert!(!lines.contains("swordfish"), "{lines}");
    insta::assert_snapshot!(lines);
}

#[test]
fn the_examples_of_sinks_are_right() {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in [("crm.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), ("postgres.password", "swordfish")] {
        let file = directory.path().join(name);
        std::fs::write(&file, text).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("mode set");
    }
    let page = include_str!("../docs/sinks.md");
    let examples: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 4);
    let text = format!("{MITEL}{}", examples.concat());
    let file = directory.path().join("strowger.toml");
    let loaded = config::read(&file, &text, Use::Connect, &Surroundings::default()).expect("right");
    assert!(loaded.diagnosis.mistakes().is_empty(), "{}", loaded.diagnosis);
    let kinds: Vec<&str> = loaded.config.sinks().iter().map(|sink| sink.kind.name()).collect();
    assert_eq!(kinds, ["file", "webhook", "nats", "postgres"]);
}

#[test]
fn a_mitel_needs_little() {
    let loaded = read(MITEL, Use::Connect, &[]).expect("right");
    assert!(loaded.diagnosis.mistakes().is_empty(), "{}", loaded.diagnosis);
    let connect = loaded.config.pbxs()[0].connect().expect("connects");
    assert_eq!((connect.address.to_string().as_str(), connect.secret.expose()), ("pbx.example.com:4000", ""));
    let with_secret = format!("{MITEL}secret = \"swordfish\"\n");
    let loaded = read(&with_secret, Use::Connect, &[]).expect("right");
    assert!(!format!("{loaded:?}").contains("swordfish"));
    assert_eq!(loaded.diagnosis.lines().count(), 1, "a secret in the open is warned of");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&mitel(&loaded.config).password), "swordfish");
}

#[test]
fn everything_about_a_mitel_can_be_set() {
    let text = format!("{MITEL}{}", include_str!("config/everything-oai.toml"));
    let config = read(&text, Use::Connect, &[("STROWGER__PBX__MITEL__OAI__TIMERS__REPLY_S", "7")]).expect("right").config;
    let settings = mitel(&config);
    insta::assert_snapshot!(format!("{settings:#?}"));
    let defaults = oai::Settings::default();
    // Every line of the one differs from the other's, or this test would not notice a key that is read and dropped.
    let (set, usual) = (format!("{settings:#?}"), format!("{defaults:#?}"));
    let same: Vec<&str> = set
        .lines()
        .zip(usual.lines())
        .filter(|(set, usual)| set == usual && set.contains(": ") && !set.ends_with(['{', '(', '[']))
        .map(|(set, _)| set)
        .collect();
    assert_eq!(same, ["    password: SecretBox<str>([REDACTED]),"]);
}

/// The address with the dialect's port, or what is said where none is known.
#[test]
fn csta_ports_are_those_of_the_dialect_where_they_are_known() {
    let address = |dialect: &str, tls: &str| {
        let text = CSTA.replace("127.0.0.1:8800", "127.0.0.1");
        let login = if matches!(dialect, "dmcc") { "username = \"cti\"\nsecret = \"swordfish\"\n" } else { "" };
        let text = format!("{text}{login}{tls}[pbx.csta]\ndialect = \"{dialect}\"\nextensions = [\"1001\"]\n");
        let loaded = read(&text, Use::Connect, &[]).map_err(|lines| lines.concat())?;
        Ok::<u16, String>(loaded.config.pbxs()[0].connect().expect("connects").address.port())
    };
    for (dialect, port) in [("openscape", 1040), ("dmcc", 4721), ("zultys", 7777)] {
        assert_eq!(address(dialect, ""), Ok(port), "{dialect}");
    }
    for (dialect, port) in [("dmcc", 4722), ("zultys", 7778)] {
        assert_eq!(address(dialect, "[pbx.tls]\n"), Ok(port), "{dialect}");
    }
    for (dialect, tls) in [("openscape", "[pbx.tls]\n"), ("mx-one", ""), ("generic", "")] {
        assert!(address(dialect, tls).is_err_and(|what| what.contains("without a port")), "{dialect}");
    }
}

#[test]
fn everything_about_csta_can_be_set() {
    let text = format!("{CSTA}{}", include_str!("config/everything-csta.toml"));
    let config = read(&text, Use::Connect, &[("STROWGER__PBX__PBX__CSTA__TIMERS__ANSWER_S", "7")]).expect("right").config;
    let settings = csta(&config);
    insta::assert_snapshot!(format!("{settings:#?}"));
    let login = settings.login.as_ref().expect("it logs in");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&login.password), "swordfish");
    // No line is as it would be if nothing were written, or this test would not notice a key that is read and dropped.
    let usual = format!("{:#?}", csta::Settings::default());
    let set = format!("{settings:#?}");
    let names: Vec<&str> = usual.lines().filter(|line| line.contains(": ")).collect();
    let same: Vec<&str> =
        set.lines().filter(|line| line.contains(": ") && !line.ends_with(['{', '(', '[']) && names.contains(line)).collect();
    assert_eq!(same, Vec::<&str>::new());
}

#[test]
fn a_pbx_that_speaks_csta_needs_little() {
    let loaded = read(CSTA, Use::Connect, &[]).expect("right");
    assert!(loaded.diagnosis.mistakes().is_empty(), "{}", loaded.diagnosis);
    assert!(csta(&loaded.config).discover && csta(&loaded.config).login.is_none());
    let avaya = "username = \"cti\"\nsecret = \"swordfish\"\n[pbx.csta]\ndialect = \"dmcc\"\nextensions = [\"1001-1050\"]\n";
    let text = format!("{}{avaya}", CSTA.replace("127.0.0.1:8800", "192.0.2.10"));
    let loaded = read(&text, Use::Connect, &[]).expect("right");
    let settings = csta(&loaded.config);
    assert_eq!(
        (settings.devices.len(), settings.login.as_ref().expect("it logs in").namespace.as_str()),
        (50, "http://www.avaya.com/csta")
    );
    assert!(!format!("{loaded:?}").contains("swordfish"));
    let warnings: Vec<String> = loaded.diagnosis.lines().collect();
    assert!(warnings.len() == 2 && warnings.iter().any(|line| line.contains("sent without TLS")), "{warnings:?}");
}

#[test]
fn syntax_errors_are_told_once_for_each_line_with_what_else_is_wrong() {
    let text = "[site]\nname = hq\nnmae = 1\n[log]\nlevel = \"info\nformat = 5\n";
    let lines = read(text, Use::Connect, &[]).expect_err("there are mistakes");
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_small_file_is_enough_and_defaults_hold() {
    let loaded = read(MINIMAL, Use::Connect, &[]).expect("right");
    let config = loaded.config;
    assert_eq!(config.site().name(), "hq");
    assert_eq!(config.state_directory(), Path::new("/var/lib/strowger"));
    assert_eq!(config.http(), HttpListen::At("127.0.0.1:9464".parse().expect("an address")));
    let connect = config.pbx("asterisk").and_then(|pbx| pbx.connect()).expect("connects");
    assert_eq!(connect.address, Address::parse("pbx.example.com:5038", None).expect("an address"));
    assert_eq!(connect.secret.expose(), "swordfish");
    assert_eq!(asterisk(&config).dead_after.as_secs(), 30);
    assert!(connect.tls.is_none());
    let warnings: Vec<String> = loaded.diagnosis.lines().collect();
    assert_eq!(
        warnings,
        ["strowger.toml:8:1: warning: `pbx[0].secret` is written in the open; move it to a file and name that by `secret_file`"]
    );
}

#[test]
fn what_a_replay_does_not_need_may_be_missing() {
    let text = "[site]\nname = \"hq\"\n[[pbx]]\nname = \"asterisk\"\n[pbx.tls]\nca_file = \"gone.pem\"\n";
    assert!(read(text, Use::Replay, &[]).is_ok());
    assert_eq!(read(text, Use::Connect, &[]).expect_err("not enough to connect").len(), 4);
    assert!(read("[site]\nname = \"hq\"\n", Use::Store, &[]).is_ok());
}

#[test]
fn an_empty_tls_section_means_tls_with_its_own_port() {
    let loaded = read(&format!("{MINIMAL}[pbx.tls]\n"), Use::Connect, &[]).expect("right");
    let connect = loaded.config.pbxs()[0].connect().expect("connects").clone();
    assert_eq!(connect.address.port(), 5039);
    assert_eq!(connect.tls.expect("TLS").server_name, "pbx.example.com");
}

#[test]
fn the_environment_overrides_single_values() {
    let variables = [
        ("STROWGER__HTTP__LISTEN", "off"),
        ("STROWGER__LOG__MASK_NUMBERS", "true"),
        ("STROWGER__PBX__ASTERISK__ADDRESS", "192.0.2.7:5999"),
        ("STROWGER__PBX__0__DEVICES__TRUNKS", "provider-*, trunk"),
        ("STROWGER__PBX__0__TLS__SERVER_NAME", "pbx.example.net"),
        ("STROWGER__PBX__0__CAPTURE__DIRECTORY", "captures"),
        ("STROWGER_CONFIG", "is no override"),
    ];
    let config = read(MINIMAL, Use::Connect, &variables).expect("right").config;
    assert_eq!(config.http(), HttpListen::Off);
    assert!(config.log().mask_numbers);
    let pbx = &config.pbxs()[0];
    assert_eq!(asterisk(&config).naming.trunks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["provider-*", "trunk"]);
    assert_eq!(pbx.capture().expect("a capture").bytes_max, 100_000_000);
    let connect = pbx.connect().expect("connects");
    assert_eq!((connect.address.to_string().as_str(), asterisk(&config).username.as_str()), ("192.0.2.7:5999", "strowger"));
    assert_eq!(connect.tls.as_ref().expect("TLS").server_name, "pbx.example.net");
}

#[test]
fn the_environment_alone_is_enough() {
    let variables = [
        ("STROWGER__SITE__NAME", "hq"),
        ("STROWGER__PBX__0__NAME", "asterisk"),
        ("STROWGER__PBX__0__ADDRESS", "pbx.example.com"),
        ("STROWGER__PBX__0__USERNAME", "strowger"),
        ("STROWGER__PBX__0__SECRET", "swordfish"),
    ];
    let config = read("", Use::Connect, &variables).expect("right").config;
    assert_eq!(asterisk(&config).keep_alive.as_secs(), 10);
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    let variables = [
        ("STROWGER__HTPP__LISTEN", "off"),
        ("STROWGER__LOG__FORMAT", "jsno"),
        ("STROWGER__LOG__MASK_NUMBERS", "maybe"),
        ("STROWGER__PBX__7__ADDRESS", "x"),
        ("STROWGER__PBX__OTHER__ADDRESS", "x"),
        ("STROWGER__PBX", "x"),
        ("STROWGER__PBX__0__RECONNECT_MAX_S", "0"),
        ("STROWGER__PBX__0__AUTH__MORE", "x"),
        ("STROWGER__SITE", "hq"),
    ];
    let lines = read(MINIMAL, Use::Connect, &variables).expect_err("there are mistakes");
    let lines: Vec<String> = lines.into_iter().filter(|line| line.starts_with('$')).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn secrets_are_never_shown() {
    let wrong = MINIMAL.replace("\"swordfish\"", "[\"swordfish\"]");
    let lines = read(&wrong, Use::Connect, &[]).expect_err("not a text").join("\n");
    assert!(!lines.contains("swordfish"), "{lines}");
    let empty = MINIMAL.replace("swordfish", "sword\\nfish");
    assert!(!read(&empty, Use::Connect, &[]).expect_err("two lines").join("\n").contains("fish"));
    let loaded = read(MINIMAL, Use::Connect, &[]).expect("right");
    assert!(!format!("{loaded:?}").contains("swordfish"));
}

#[test]
fn secrets_come_from_files_and_credentials() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ami");
    std::fs::write(&file, "swordfish\n").expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("mode set");
    let from_file = MINIMAL.replace("secret = \"swordfish\"", &format!("secret_file = \"{}\"", file.display()));
    let loaded = read(&from_file, Use::Connect, &[]).expect("right");
    assert_eq!(loaded.config.pbxs()[0].connect().expect("connects").secret.expose(), "swordfish");
    assert!(loaded.diagnosis.mistakes().is_empty());

    let from_credential = MINIMAL.replace("secret = \"swordfish\"", "secret_credential = \"ami\"");
    let directory_name = directory.path().display().to_string();
    let loaded = read(&from_credential, Use::Connect, &[("CREDENTIALS_DIRECTORY", &directory_name)]).expect("right");
    assert_eq!(loaded.config.pbxs()[0].connect().expect("connects").secret.expose(), "swordfish");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("mode set");
    let loaded = read(&from_file, Use::Connect, &[]).expect("right");
    assert!(loaded.diagnosis.to_string().contains("can be read by everybody (mode 0644)"), "{}", loaded.diagnosis);

    std::fs::write(&file, "").expect("written");
    assert!(read(&from_file, Use::Connect, &[]).expect_err("empty")[0].contains("is empty"));
}

#[test]
fn an_override_of_the_secret_wins_over_another_source_in_the_file() {
    let text = MINIMAL.replace("secret = \"swordfish\"", "secret_file = \"gone\"");
    let config = read(&text, Use::Connect, &[("STROWGER__PBX__0__SECRET", "halibut")]).expect("right").config;
    assert_eq!(config.pbxs()[0].connect().expect("connects").secret.expose(), "halibut");
}

#[test]
fn the_defaults_of_the_reference_are_right() {
    let defaults: Vec<(&str, &str)> = include_str!("../docs/config.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            Some((cells.first()?.strip_prefix("| `")?.strip_suffix('`')?, cells.get(2)?.strip_prefix('`')?.strip_suffix('`')?))
        })
        .collect();
    assert!(defaults.len() > 20, "{defaults:?}");
    assert!(defaults.contains(&("dead_after_s", "30")));
    for (key, literal) in defaults {
        assert!(toml::de::DeValue::parse(literal).is_ok() || literal.starts_with(['$', '/']), "{key} = {literal}");
    }
}

#[test]
fn the_reference_is_current() {
    let current = config::reference();
    assert!(include_str!("../docs/config.md") == current, "run: cargo run -- config-reference > docs/config.md");
}
