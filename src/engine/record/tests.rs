use super::*;
use crate::fs;

fn begin(root: &Path) -> RunRecord {
    RunRecord::begin(root, vec!["run-all".to_owned()], true).unwrap()
}

#[test]
fn a_run_is_seen_from_its_beginning_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = begin(folder.path());
    let id = run.id().to_owned();
    assert_eq!(load(folder.path(), "latest").unwrap().state(), State::Running);
    run.stage(StageRecord::idle("a", Ending::UpToDate)).unwrap();
    run.stage(StageRecord::ended("b", Ending::Failed, "deps changed".into(), Duration::from_millis(1500))).unwrap();
    run.finish(3).unwrap();
    let record = load(folder.path(), &id).unwrap();
    assert_eq!((record.state(), record.id.as_str()), (State::Ended(3), id.as_str()));
    assert!(record.end.is_some() && record.seconds.unwrap() >= 0.0 && record.git.is_none());
    let [a, b] = record.stages.as_slice() else { panic!("{record:?}") };
    assert_eq!((a.outcome, a.attempts, a.seconds), (Ending::UpToDate, 0, None));
    assert_eq!((b.outcome, b.attempts, b.seconds), (Ending::Failed, 1, Some(1.5)));
}

#[test]
fn a_run_whose_process_is_gone_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let run = begin(folder.path());
    let record = load(folder.path(), run.id()).unwrap();
    for (changed, state) in [
        (Record { process: 999_999_999, ..record.clone() }, State::Killed),
        // Another process has the number now.
        (Record { process_start: Some(1), ..record.clone() }, State::Killed),
        (Record { host: "elsewhere".into(), ..record.clone() }, State::Elsewhere),
        (record, State::Running),
    ] {
        assert_eq!(changed.state(), state, "{changed:?}");
    }
}

#[test]
fn ids_are_found_by_their_beginning_and_broken_records_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    assert_eq!(load(root, "latest").unwrap_err().message(), "no run is recorded in this project");
    for _ in 0..2 {
        begin(root).finish(0).unwrap();
    }
    let text = fs::read(&root.join(format!(".mlops/runs/{}.json", list(root, 1).unwrap().records[0].id))).unwrap();
    for id in ["20200101T000000Z-7", "20200101T000000Z-71", "20200102T000000Z-7"] {
        fs::atomic_write_bytes(&root.join(format!(".mlops/runs/{id}.json")), &text).unwrap();
    }
    fs::atomic_write_bytes(&root.join(".mlops/runs/20300101T000000Z-7.json"), b"{\"id\": ").unwrap();
    let listing = list(root, 100).unwrap();
    assert_eq!(listing.records.len(), 5);
    assert!(listing.records.windows(2).all(|pair| pair[0].id > pair[1].id));
    let message = listing.broken[0].message();
    assert_eq!(message, ".mlops/runs/20300101T000000Z-7.json:1:7: not the record of a run");
    assert_eq!(list(root, 2).unwrap().records.len(), 2);
    assert_eq!(load(root, "20200102").unwrap().id, "20200102T000000Z-7");
    assert_eq!(load(root, "20200101T000000Z-7").unwrap().id, "20200101T000000Z-7");
    assert_eq!(load(root, "2020").unwrap_err().message(), "3 runs begin with `2020`");
    assert_eq!(load(root, "../x").unwrap_err().message(), "no run `../x` is recorded");
}

#[test]
fn the_oldest_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(format!(".mlops/runs/20200101T000000Z-{number:05}.json"));
    for number in 0..1003 {
        fs::replace(&path(number), b"{}").unwrap();
    }
    drop(begin(folder.path()));
    assert_eq!(fs::names_in(path(0).parent().unwrap()).unwrap().len(), 1000);
    assert!(!path(3).exists() && path(4).exists());
}
