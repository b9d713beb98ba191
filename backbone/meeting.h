// How the ranks of a job agree on something at the start: a step that fails on one rank ends all of
// them in order, with that rank's reason on the terminal, instead of leaving the others to wait in
// a barrier.
//
// Threads: the rank's one thread. Collective: every rank calls the same, in the same order.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "backbone/any_store.h"
#include "backbone/hosts.h"
#include "backbone/options.h"
#include "backbone/rank_link.h"
#include "wire/trace.h"

namespace trunkline::backbone {

// A step failed here or elsewhere; it has been told on the terminal.
struct CannotStart : std::runtime_error {
  CannotStart() : std::runtime_error("the job does not start") {}
};

// Runs `step` here, then waits for the others. Throws CannotStart if it threw std::exception on any
// rank; each such rank prints its reason.
void all_do(RankLink& link, const std::function<void()>& step);

// The run directory of the job, the same path on every host, ready to be used.
struct RunDirectory {
  std::string path;
  bool made = false;  // fresh: removed at the end
};
RunDirectory meet_in_run_directory(RankLink& link, const Hosts& hosts, const Options& options);

// Opens every rank's data. Rank 0 first: the pepper that it holds is the cluster's, so that an
// unknown user has the same salt whichever rank is its home. `trace`: of this process; outlives it.
AnyStore open_stores(RankLink& link, const Options& options, wire::Trace& trace);

// How many of the first 10,000 accounts here have another number of iterations than `iterations`:
// made by a job with another --iterations. They can be told from names that nobody has, until
// their passwords are set again.
std::size_t accounts_that_differ(AnyStore& store, std::uint32_t iterations);

// Begins a job on data that all ranks have opened: the highest epoch that any of them served, plus
// one; durable everywhere when this returns.
wire::Epoch begin_epoch(RankLink& link, AnyStore& store);

}  // namespace trunkline::backbone
