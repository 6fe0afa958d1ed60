#pragma once

#include "runtime/gate/record.hpp"

#include <functional>

namespace kps::gate {

/// `2/4`.
Result<Shard> read_shard(const std::string& text);

/// The value of an environment variable, null if it is not set.
using Environment = std::function<const char*(const char* name)>;

/// The shard that a CI system or a test runner says this process is, by the variables of GoogleTest
/// (`GTEST_SHARD_INDEX`, `GTEST_TOTAL_SHARDS`), Bazel (`TEST_SHARD_INDEX`, `TEST_TOTAL_SHARDS`),
/// GitLab (`CI_NODE_INDEX`, `CI_NODE_TOTAL`), CircleCI (`CIRCLE_NODE_INDEX`, `CIRCLE_NODE_TOTAL`),
/// Buildkite (`BUILDKITE_PARALLEL_JOB`, `BUILDKITE_PARALLEL_JOB_COUNT`), Slurm's job arrays
/// (`SLURM_ARRAY_TASK_ID`, `_MIN`, `_COUNT`) and Kubernetes' indexed jobs (`JOB_COMPLETION_INDEX`,
/// with `KPS_SHARDS`, as Kubernetes does not tell their number). 1/1 without any.
Result<Shard> shard_of(const Environment& environment);

} // namespace kps::gate
