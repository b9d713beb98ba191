// The cluster file of a job (wire/cluster_file.h): gathered from all ranks, written on every host.
//
// Threads: the rank's one thread. Collective.
#pragma once

#include <string>

#include "backbone/hosts.h"
#include "backbone/rank_link.h"
#include "wire/cluster_file.h"

namespace trunkline::backbone {

// `own`: with this rank's entry alone. The same on every rank: rank 0's name of the job and time,
// everyone's entry.
wire::ClusterFile gather_cluster_file(RankLink& link, const wire::ClusterFile& own);
// Throws CannotStart.
void publish(RankLink& link, const Hosts& hosts, const std::string& run_directory,
             const wire::ClusterFile& file);

}  // namespace trunkline::backbone
