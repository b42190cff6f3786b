//! Sort: DataFusion's external sort, which spills to disk what does not fit its share of memory.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion_execution::config::SessionConfig;
use datafusion_execution::runtime_env::RuntimeEnvBuilder;
use datafusion_execution::{SendableRecordBatchStream, TaskContext};
use datafusion_physical_expr::expressions::col;
use datafusion_physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::sorts::sort::SortExec;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;

use crate::{Error, Result};

/// Rows of a batch: small, since a merge holds some batches of every spilled run.
pub(super) const BATCH: usize = 4096;

/// Batches that come from anywhere; an error is kept aside and ends them.
type Batches = Box<dyn Iterator<Item = RecordBatch> + Send>;

/// Sorts batches within a share of memory.
pub(super) struct Sorter {
    context: Arc<TaskContext>,
    spill: std::path::PathBuf,
}

impl Sorter {
    /// Prepares a sorter that spills into a folder.
    pub(super) fn new(memory: usize, spill: &Path) -> Result<Self> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(memory, 1.0)
            .with_temp_file_path(spill)
            .with_max_temp_directory_size(u64::MAX)
            .build_arc()
            .map_err(|e| Error::run(spill, e.to_string()))?;
        let config = SessionConfig::new().with_batch_size(BATCH);
        let context = TaskContext::default().with_session_config(config).with_runtime(runtime);
        Ok(Self { context: Arc::new(context), spill: spill.to_path_buf() })
    }

    /// Sorts batches by the named columns, ascending, and hands the sorted ones to `take`.
    ///
    /// # Errors
    /// The first of the batches', `take`'s, or the sort's own.
    pub(super) fn sort(
        &self,
        schema: &SchemaRef,
        keys: &[&str],
        batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
        mut take: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let fail = |e: &dyn fmt::Display| Error::run(&self.spill, format!("the sort failed: {e}"));
        let failure = Arc::new(Mutex::new(None));
        let source = Arc::new(Source::new(schema, batches, Arc::clone(&failure)));
        let source = StreamingTableExec::try_new(Arc::clone(schema), vec![source], None, [], false, None)
            .map_err(|e| fail(&e))?;
        let keys: Result<Vec<_>, _> =
            keys.iter().map(|key| col(key, schema).map(PhysicalSortExpr::new_default)).collect();
        let order = LexOrdering::new(keys.map_err(|e| fail(&e))?).ok_or_else(|| fail(&"no keys"))?;
        let sort = SortExec::new(order, Arc::new(source));
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| fail(&e))?;
        runtime.block_on(async {
            let mut sorted = sort.execute(0, Arc::clone(&self.context)).map_err(|e| fail(&e))?;
            while let Some(batch) = sorted.next().await {
                take(&batch.map_err(|e| fail(&e))?)?;
            }
            Ok(())
        })?;
        failure.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The input of the sort.
struct Source {
    schema: SchemaRef,
    batches: Mutex<Option<Batches>>,
}

impl Source {
    fn new(
        schema: &SchemaRef,
        batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
        failure: Arc<Mutex<Option<Error>>>,
    ) -> Self {
        let good = batches.map_while(move |batch| match batch {
            Ok(batch) => Some(batch),
            Err(error) => {
                failure.lock().unwrap_or_else(PoisonError::into_inner).replace(error);
                None
            }
        });
        Self { schema: Arc::clone(schema), batches: Mutex::new(Some(Box::new(good))) }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

impl PartitionStream for Source {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        // The sort reads its one input once.
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner).take();
        let batches = batches.into_iter().flatten().map(Ok);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}
