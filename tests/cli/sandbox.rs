//! A project in a temporary folder, and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A project folder that goes away with the test.
pub struct Sandbox {
    folder: TempDir,
}

/// What a run of the binary gave.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The repository's own project: wine.
    pub fn wine() -> Self {
        let sandbox = Self::empty();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(root.join("configs")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            sandbox.write(&format!("configs/{name}"), &fs::read_to_string(&path).unwrap());
        }
        sandbox.write("dvc.yaml", &fs::read_to_string(root.join("dvc.yaml")).unwrap());
        sandbox
    }

    /// A project on a CSV file of its own, with few rounds so that it trains fast.
    pub fn table(csv: &str, target: &str) -> Self {
        let sandbox = Self::empty();
        sandbox.write("data/external/table.csv", csv);
        sandbox.write(
            "configs/config.yaml",
            &format!(
                "config:\n  dataset: table\n  date: \"20240131\"\n  version: 1\n  seed: 42\n  sources:\n    - file: data/external/table.csv\n  target: {target}\n"
            ),
        );
        // dvc.yaml names their keys, so that they have to be there.
        for name in ["clean", "features", "split", "evaluate", "predict"] {
            sandbox.write(&format!("configs/{name}.yaml"), &format!("{name}: {{}}\n"));
        }
        sandbox.write("configs/train.yaml", FAST);
        sandbox.write_pipeline(&["baseline", "lr", "dt", "rf", "xgb"]);
        sandbox
    }

    /// The repository's dvc.yaml, for the CSV file and other algorithms, and without plots and report.
    pub fn write_pipeline(&self, algorithms: &[&str]) {
        let own = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("dvc.yaml")).unwrap();
        let mut text = String::new();
        let mut is_report = false;
        for line in own.lines().take_while(|line| !line.contains("dvc plots show")) {
            if line.starts_with("  ") && !line.starts_with("   ") {
                is_report = line == "  report:";
            }
            if is_report || line.contains("reports/plots/") {
                continue;
            }
            if line.contains("/baseline_") {
                for algorithm in algorithms {
                    text.push_str(&line.replace("baseline_", &format!("{algorithm}_")));
                    text.push('\n');
                }
            } else if !["lr", "dt", "rf", "xgb"].iter().any(|a| line.contains(&format!("/{a}_"))) {
                text.push_str(line);
                text.push('\n');
            }
            if line.trim() == "cmd: mlops ingest" {
                text.push_str("    deps: [data/external/table.csv]\n");
            }
        }
        self.write("dvc.yaml", &text);
    }

    /// A copy in a folder of its own.
    pub fn copy(&self) -> Self {
        let copy = Self::empty();
        for (name, bytes) in self.files("") {
            copy.write_bytes(&name, &bytes);
        }
        copy
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        self.write_bytes(relative, text.as_bytes());
    }

    pub fn write_bytes(&self, relative: &str, bytes: &[u8]) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, relative: &str) -> String {
        String::from_utf8(self.bytes(relative)).unwrap()
    }

    pub fn bytes(&self, relative: &str) -> Vec<u8> {
        fs::read(self.path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
    }

    /// Replaces a piece of a file that must be there.
    pub fn edit(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert!(text.contains(from), "`{from}` not in {relative}:\n{text}");
        self.write(relative, &text.replace(from, to));
    }

    /// Files below a folder with their bytes, by name.
    pub fn files(&self, relative: &str) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        collect(&self.path(relative), &mut found);
        found.sort();
        let root = self.folder.path();
        found
            .into_iter()
            .map(|path| (path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlops"));
        command.current_dir(self.folder.path()).args(arguments).env_remove("MLOPS_THREADS").env("NO_COLOR", "1");
        // A proxy of the machine is not to be asked for the servers of tests.
        command.env("NO_PROXY", "127.0.0.1").env("MLOPS_HTTP_BACKOFF_SECONDS", "0.01");
        command
    }

    /// Runs the binary in the folder.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs the binary with something on standard input.
    pub fn pipe(&self, arguments: &[&str], input: &str) -> Ran {
        use std::io::Write;
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran::from(output)
    }

    /// Runs the binary and expects success.
    pub fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}\nstdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs the stages one by one up to and with `last`.
    pub fn stages(&self, last: &str) {
        for stage in ["ingest", "clean", "features", "split", "train", "evaluate", "predict"] {
            self.ok(&[stage]);
            if stage == last {
                return;
            }
        }
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    /// Expects a refusal: its code and a piece of its message, and no panic.
    pub fn refused(&self, code: i32, message: &str) {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(message), "expected `{message}` in:\n{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

/// All algorithms, small.
pub const FAST: &str = "train:
  folds: 3
  class_weight: null
  threshold: f1
  seed: null
  algorithms:
    baseline: {}
    lr: {}
    dt: {max_depth: 4}
    rf: {n_estimators: 10, max_depth: 6}
    xgb: {n_estimators: 10, max_depth: 3}
";

/// All algorithms for a numeric target, small.
pub const FAST_REGRESSION: &str = "train:
  folds: 3
  class_weight: null
  threshold: f1
  seed: null
  algorithms:
    baseline: {}
    linear: {}
    ridge: {}
    dt: {max_depth: 4}
    rf: {n_estimators: 10, max_depth: 6}
    xgb: {n_estimators: 10, max_depth: 3}
";

/// A generated table of 400 rows: numbers with gaps, levels, an id, a binary, a three-class and a numeric target.
pub fn generated() -> Vec<[String; 8]> {
    let mut state = 12345u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    (0..400)
        .map(|row| {
            let (a, b) = (random() * 10.0, random() * 4.0 - 2.0);
            let color = ["red", "green", "blue", "odd, \"quoted\""][(random() * 3.99) as usize];
            let signal = a - 3.0 * b + if color == "red" { 4.0 } else { 0.0 } + 4.0 * random();
            let level = if signal < 5.0 {
                "low"
            } else if signal < 10.0 {
                "mid"
            } else {
                "high"
            };
            [
                format!("k-{row:04}"),
                if row % 11 == 0 { String::new() } else { format!("{a:.4}") },
                format!("{b:.3}"),
                if row % 17 == 0 { "NA".to_owned() } else { color.to_owned() },
                ((random() * 50.0) as i64).to_string(),
                if signal > 8.0 { "yes" } else { "no" }.to_owned(),
                level.to_owned(),
                format!("{signal:.5}"),
            ]
        })
        .collect()
}

/// [`generated`] with one of its targets: `binary`, `multiclass` or `regression`.
pub fn generated_project(task: &str) -> Sandbox {
    let at = match task {
        "binary" => 5,
        "multiclass" => 6,
        _ => 7,
    };
    let rows: Vec<Vec<String>> =
        generated().into_iter().map(|row| [0, 1, 2, 3, 4, at].iter().map(|i| row[*i].clone()).collect()).collect();
    let sandbox = Sandbox::table(&to_csv(&["key", "a", "b", "color", "count", "y"], &rows), "{column: y}");
    if task == "regression" {
        sandbox.write("configs/train.yaml", FAST_REGRESSION);
        sandbox.write_pipeline(&["baseline", "linear", "ridge", "dt", "rf", "xgb"]);
    }
    sandbox.write(
        "configs/features.yaml",
        "features:\n  derive:\n    - expression: {name: ratio, value: \"a / count\"}\n  learned:\n    - impute: {columns: numeric, strategy: median}\n    - impute: {columns: categorical, strategy: constant, value: missing}\n    - scale: {columns: numeric}\n    - encode: {columns: categorical, method: onehot}\n",
    );
    sandbox
}

/// Rows as CSV, quoted where needed.
pub fn to_csv(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A CSV as header and rows.
pub fn from_csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

/// The folder of real datasets, where there is one.
pub fn test_data() -> Option<PathBuf> {
    std::env::var_os("MLOPS_TEST_DATA").map(PathBuf::from).filter(|p| p.is_dir())
}
