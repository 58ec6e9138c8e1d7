//! Columns made of dates and texts, which are no features as they are.

use super::findings::{Column, Role};
use crate::data::{Column as Values, Table};
use crate::error::Result;
use crate::scaffold::write::text::{list, scalar};
use crate::transforms::{self, Phase, Step};
use crate::yaml;

/// A step of `features.derive`.
pub struct Derived {
    /// The column it looks at.
    pub column: String,
    /// The step as YAML.
    pub step: String,
    /// The columns it makes.
    pub names: Vec<String>,
}

/// What is derived of all columns; a name that another column or the target has is made by none.
pub fn of(columns: &[Column], target: &str) -> Vec<Derived> {
    let is_free = |name: &String| columns.iter().all(|c| c.name != *name) && name != target;
    let mut steps = Vec::new();
    for column in columns {
        let name = scalar(&column.name);
        let made = |part: &str| format!("{}_{part}", column.name);
        match column.role {
            Role::Date => {
                let parts: Vec<&String> = column.parts.iter().filter(|part| is_free(&made(part))).collect();
                let step = format!("date_parts: {{column: {name}, parts: {}}}", list(&parts));
                steps.push((column, step, parts.into_iter().map(|part| made(part)).collect::<Vec<_>>()));
            }
            Role::Text => {
                for unit in ["characters", "words"].into_iter().filter(|unit| is_free(&made(unit))) {
                    let step = format!("text_length: {{column: {name}, unit: {unit}}}");
                    steps.push((column, step, vec![made(unit)]));
                }
            }
            _ => {}
        }
    }
    let derived = |(column, step, names): (&Column, String, _)| Derived { column: column.name.clone(), step, names };
    steps.into_iter().filter(|(_, _, names)| !names.is_empty()).map(derived).collect()
}

impl Derived {
    /// The columns it makes of a table.
    ///
    /// # Errors
    /// Those of the step.
    pub fn values(&self, table: &Table) -> Result<Vec<Values>> {
        let node = yaml::parse(&self.step, "features.yaml")?;
        let (name, params) = node.named()?;
        let step = (transforms::find(name, &[Phase::ColumnFix])?.build)(&params)?;
        let mut made = Table::new(table.column(&self.column).cloned().into_iter().collect());
        if let Step::ColumnFix(fix) = step {
            fix.apply(&mut made)?;
        }
        Ok(made.into_columns().into_iter().filter(|column| self.names.contains(&column.name)).collect())
    }
}
