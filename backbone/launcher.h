// What the launcher of the job (mpirun, srun, mpiexec) promised about its size. MPI alone cannot
// tell "one rank was wanted" from "N processes were started that know nothing of one another": the
// latter look healthy, each being rank 0 of 1, and would serve N clusters on one set of data.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace trunkline::backbone {

struct PromisedWorld {
  std::size_t ranks = 0;
  std::string variable;  // of the environment, that says so
};

// Reads one variable of the environment; nullptr: not set. (std::getenv in production.)
using Environment = std::function<const char*(const char*)>;

// The nearest launcher's promise; none: no launcher is known. A variable that is not a number is
// not a promise.
std::optional<PromisedWorld> promised_world(const Environment& environment);

// Empty: `ranks`, the size of MPI's world, is what was promised. Else what is wrong and its fix.
std::string singleton_refusal(std::size_t ranks, const std::optional<PromisedWorld>& promised);

}  // namespace trunkline::backbone
