//! The command reference as Markdown, made from the arguments themselves.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

const HEAD: &str = "\
# Commands

Written by `mlops docs --markdown` from the arguments of the program; change those, not this.
";

/// All commands with their arguments and options.
pub fn reference(mut root: Command) -> String {
    root.build();
    let mut text = HEAD.to_owned();
    section(&root, true, &mut text);
    text
}

fn section(command: &Command, is_root: bool, text: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let about = command.get_long_about().or_else(|| command.get_about());
    text.push_str(&format!("\n## {name}\n\n{}\n", about.map(sentence).unwrap_or_default()));
    fenced(command.get_before_long_help().or_else(|| command.get_before_help()), text);
    let usage = command.clone().render_usage().to_string();
    text.push_str(&format!("\n```text\n{}\n```\n", usage.trim().trim_start_matches("Usage: ")));
    let commands: Vec<&Command> = command.get_subcommands().filter(|c| !c.is_hide_set()).collect();
    let rows = commands.iter().map(|sub| {
        let name = sub.get_bin_name().unwrap_or_else(|| sub.get_name());
        let about = sub.get_about().map(sentence).unwrap_or_default();
        vec![format!("[`{}`](#{})", sub.get_name(), name.replace(' ', "-")), about]
    });
    table(&["command", "what it does"], rows.collect(), text);
    // Global options stand with the program, once.
    let own = |arg: &&Arg| !arg.is_hide_set() && (is_root || (!arg.is_global_set() && arg.get_id() != "help"));
    let of = |positional| {
        let args = command.get_arguments().filter(own).filter(move |arg| arg.is_positional() == positional);
        args.map(row).collect::<Vec<_>>()
    };
    table(&["argument", "default", "meaning"], of(true), text);
    let what = if is_root { "option of every command" } else { "option" };
    table(&[what, "default", "meaning"], of(false), text);
    fenced(command.get_after_long_help().or_else(|| command.get_after_help()), text);
    commands.iter().for_each(|sub| section(sub, false, text));
}

/// Text that is laid out already.
fn fenced(block: Option<&StyledStr>, text: &mut String) {
    if let Some(block) = block {
        text.push_str(&format!("\n```text\n{}\n```\n", block.to_string().trim_end()));
    }
}

fn sentence(styled: &StyledStr) -> String {
    format!("{}.", styled.to_string().trim().trim_end_matches('.'))
}

fn table(head: &[&str], rows: Vec<Vec<String>>, text: &mut String) {
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len())));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// Names, default and meaning of an argument.
fn row(arg: &Arg) -> Vec<String> {
    let takes_value = arg.get_action().takes_values();
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let default = match (takes_value, arg.is_required_set()) {
        (_, true) => "required".to_owned(),
        (true, false) => defaults.join(", "),
        (false, false) => String::new(),
    };
    let mut meaning = arg.get_long_help().or_else(|| arg.get_help()).map(sentence).unwrap_or_default();
    if matches!(arg.get_action(), ArgAction::Append) {
        meaning.push_str(" May be given more than once.");
    }
    let values = if takes_value { arg.get_possible_values() } else { Vec::new() };
    let (explained, plain): (Vec<_>, Vec<_>) =
        values.iter().filter(|v| !v.is_hide_set()).partition(|v| v.get_help().is_some());
    if !plain.is_empty() {
        let names: Vec<String> = plain.iter().map(|value| format!("`{}`", value.get_name())).collect();
        meaning.push_str(&format!(" One of {}.", names.join(", ")));
    }
    for value in explained {
        let help = value.get_help().map(StyledStr::to_string).unwrap_or_default();
        meaning.push_str(&format!("<br>`{}`: {help}", value.get_name()));
    }
    vec![names(arg), default, meaning]
}

/// Such as `-o`, `--output <FILE>`; a positional one by its value.
fn names(arg: &Arg) -> String {
    let values: Vec<String> = match arg.get_value_names() {
        Some(names) => names.iter().map(|name| format!("<{name}>")).collect(),
        None => vec![format!("<{}>", arg.get_id().as_str().to_uppercase())],
    };
    let values = values.join(" ");
    if arg.is_positional() {
        return format!("`{values}`");
    }
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let mut names: Vec<String> = short.into_iter().chain(long).collect();
    if let (true, Some(last)) = (arg.get_action().takes_values(), names.last_mut()) {
        last.push(' ');
        last.push_str(&values);
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
