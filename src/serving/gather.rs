//! Requests that are ready at the same time are scored as one table: each row gets the bits that it gets alone, and what
//! a table costs whatever its length is paid once. Nobody waits for others: what is there when the turn comes is taken.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::call::{Answered, Call, Question};
use super::contract::{Part, Rows};
use super::models::Scored;
use super::refusal::Refusal;
use super::service::{Service, failed};
use crate::data::Scores;

/// Requests scored together at the most: the first is to be answered soon.
const MOST: usize = 64;

/// Requests until their turn comes.
#[derive(Default)]
pub struct Gathered(Mutex<Vec<Waiting>>);

struct Waiting {
    call: Call,
    question: Question,
    answer: oneshot::Sender<Result<Answered, Refusal>>,
}

impl Service {
    /// Answers a small request together with those that are ready, too.
    ///
    /// # Errors
    /// As of [`Call::answer`]; 500 where the model fails.
    pub async fn answer_gathered(self: &Arc<Self>, call: Call, question: Question) -> Result<Answered, Refusal> {
        let (answer, answered) = oneshot::channel();
        if self.gathered.add(Waiting { call, question, answer }) == 1 {
            let service = Arc::clone(self);
            // Not a part of this request, which its client may give up.
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                service.gathered.take().into_iter().for_each(|group| answer_group(&service, group));
            });
        }
        answered.await.unwrap_or_else(|_| Err(failed()))
    }
}

impl Gathered {
    /// Adds a request; tells how many wait now.
    fn add(&self, waiting: Waiting) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(waiting);
        all.len()
    }

    /// Takes all, those together that the same model answers in the same way.
    fn take(&self) -> Vec<Vec<Waiting>> {
        let all = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The next ones will be about as many.
            let next = Vec::with_capacity(waiting.len());
            std::mem::replace(&mut *waiting, next)
        };
        if all.len() <= MOST && all.iter().all(|waiting| all[0].goes_with(waiting)) {
            return vec![all];
        }
        let mut groups: Vec<Vec<Waiting>> = Vec::new();
        for waiting in all {
            match groups.iter_mut().find(|group| group.len() < MOST && group[0].goes_with(&waiting)) {
                Some(group) => group.push(waiting),
                None => groups.push(vec![waiting]),
            }
        }
        groups
    }
}

impl Waiting {
    fn goes_with(&self, other: &Self) -> bool {
        let is_sure = |waiting: &Self| !waiting.call.depends_on_rows();
        Arc::ptr_eq(&self.call.model, &other.call.model)
            && self.question.policy == other.question.policy
            && is_sure(self)
            && is_sure(other)
    }

    fn answer_alone(&self, service: &Service) -> Result<Answered, Refusal> {
        service.guarded(|| self.call.answer(service, &self.question))
    }
}

fn answer_group(service: &Service, group: Vec<Waiting>) {
    // Of rows that cannot be scored at all, each request is told its own.
    let together = match group.len() {
        1 => None,
        _ => catch_unwind(AssertUnwindSafe(|| answer_together(service, &group))).ok().flatten(),
    };
    let answers = together.unwrap_or_else(|| group.iter().map(|waiting| waiting.answer_alone(service)).collect());
    for (waiting, answer) in group.into_iter().zip(answers) {
        // Nobody may want it any more.
        waiting.answer.send(answer).unwrap_or_default();
    }
}

/// The answer of each; none where the rows of all together cannot be scored.
fn answer_together(service: &Service, group: &[Waiting]) -> Option<Vec<Result<Answered, Refusal>>> {
    let first = group.first()?;
    let model = &first.call.model;
    let (policy, most) = (first.question.policy, service.settings.limits.rows);
    let mut rows = Rows::with_capacity(&model.contract, policy, most, group.len());
    let read = |waiting: &Waiting| {
        let layout = waiting.question.body.read(&waiting.question.bytes, &mut rows);
        if layout.is_ok() {
            service.metrics.problems(&rows.refused);
        }
        let part = rows.part();
        layout.and_then(|layout| Ok((layout, part?)))
    };
    let parts: Vec<Result<_, Refusal>> = group.iter().map(read).collect();
    let logs = |waiting: &Waiting| service.logs(&waiting.call);
    service.metrics.scored();
    let Scored { scores, kept, .. } = model.score(rows, group.iter().any(logs)).ok()?;
    let answer = |(waiting, part): (&Waiting, Result<_, Refusal>)| {
        let (layout, Part { rows, warnings }) = part?;
        let of_part = &scores.values[rows.start * scores.width..rows.end * scores.width];
        let scores = Scores { width: scores.width, values: of_part.to_vec() };
        let kept = kept.as_ref().filter(|_| logs(waiting)).map(|table| table.select_rows(&rows.collect::<Vec<_>>()));
        let Waiting { call, question, .. } = waiting;
        call.conclude(service, question, (model, call.role), Scored { scores, kept, warnings }, &layout)
    };
    Some(group.iter().zip(parts).map(answer).collect())
}
