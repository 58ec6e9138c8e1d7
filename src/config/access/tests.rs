use super::*;
use crate::yaml;

fn access(text: &str) -> Result<Access, Vec<String>> {
    let node = yaml::parse(text, "configs/serve.yaml").unwrap();
    let said = |error: crate::error::Error| error.message().to_owned();
    let access: Access = node.to().map_err(|error| vec![said(error)])?;
    let mut problems = Problems::default();
    access.validate(&mut problems);
    if problems.0.is_empty() { Ok(access) } else { Err(problems.0.into_iter().map(said).collect()) }
}

#[test]
fn what_is_written_is_what_is_meant() {
    let text = "tokens: [{name: ci, env: CI_TOKEN}, {name: ops, env: OPS_TOKEN, scopes: [admin]}]\n\
                cors: ['https://shop.example']\nrate: {per_token: 100/s, per_address: 30/min, burst: 20}\n\
                trusted_proxies: [10.0.0.0/8, '::1']\n";
    let access = access(text).unwrap();
    assert_eq!(access.tokens[0].scopes.value, [Scope::Predict, Scope::Metrics]);
    assert_eq!(access.tokens[1].scopes.value, [Scope::Admin]);
    assert_eq!(access.rate.per_token.unwrap().interval.as_millis(), 10);
    assert_eq!(access.rate.per_address.unwrap().interval.as_secs(), 2);
    assert_eq!(access.cors[0].value, WebOrigin::One("https://shop.example".to_owned()));
    let paths: Vec<&str> = access.public.iter().map(|path| path.value.as_str()).collect();
    assert_eq!(paths, ["/health", "/ping"]);
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    for (text, message) in [
        ("tokens: [{name: A b, env: X}]", "expected a name of lower case letters"),
        ("tokens: [{name: a, env: X}, {name: a, env: Y}]", "a second token `a`"),
        ("tokens: [{name: a, env: X, scopes: []}]", "without scopes"),
        ("tokens: [{name: a, env: X, scopes: [all]}]", "unknown value `all`"),
        ("tokens: [{name: a, token: X}]", "token"),
        ("public: [health]", "`health` cannot be public"),
        ("public: [/admin/reload]", "`/admin/reload` cannot be public"),
        ("cors: [shop.example]", "is no origin"),
        ("cors: ['https://shop.example/']", "is no origin"),
        ("cors: ['*', 'https://shop.example']", "stands beside others"),
        ("rate: {per_token: fast}", "`fast` is no rate"),
        ("rate: {per_token: 0/s}", "`0/s` is no rate"),
        ("rate: {per_token: 1e-300/h}", "is no rate"),
        ("rate: {burst: 0}", "expected a number from 1"),
        ("trusted_proxies: [10.0.0.0/33]", "is no address or network"),
        ("trusted_proxies: [10.0.0.1/8]", "`10.0.0.0/8` is meant"),
        ("tls: {certificate: ../c.pem, key: k.pem}", "`../c.pem` is not inside"),
    ] {
        let refused = access(text).unwrap_err();
        assert!(refused.iter().any(|said| said.contains(message)), "{text}: {refused:?}");
    }
}

#[test]
fn a_token_written_in_place_of_its_variable_is_not_repeated() {
    let refused = access("tokens: [{name: a, env: 5up3r-53cr37}]").unwrap_err();
    assert_eq!(refused.len(), 1);
    assert!(!refused[0].contains("53cr37"), "{refused:?}");
}

#[test]
fn networks_hold_the_addresses_that_share_their_bits() {
    let has =
        |network: &str, address: &str| Network::try_from(network.to_owned()).unwrap().has(address.parse().unwrap());
    assert!(has("10.0.0.0/8", "10.255.0.1") && has("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert!(!has("10.0.0.0/8", "11.0.0.1") && !has("10.0.0.0/8", "::1"));
    assert!(has("0.0.0.0/0", "8.8.8.8") && has("::/0", "2001:db8::1") && !has("::/0", "8.8.8.8"));
    assert!(has("fd00::/8", "fd12::1") && !has("fd00::/8", "fe80::1"));
    assert!(has("10.0.0.7", "10.0.0.7") && !has("10.0.0.7", "10.0.0.8"));
}
