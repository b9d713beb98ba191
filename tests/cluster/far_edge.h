// An edge of a gateway host: it reaches its rank over tcp with CURVE, and here through a proxy, of
// which neither knows. It reads the cluster file in a run directory of its own, where the rank's
// endpoint is the proxy's.
#pragma once

#include <memory>
#include <string>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/chaos_proxy.h"

namespace trunkline::tests {

class FarEdge {
 public:
  // REQUIRES: `cluster` was started with --edge-link tcp; the edge goes by the keys of its first
  // edge. Waits until it listens; throws std::runtime_error if it does not.
  FarEdge(const SupervisedCluster& cluster, unsigned rank);
  ~FarEdge();  // by SIGTERM

  const std::string& url() const { return url_; }
  ChaosProxy& link() { return *link_; }
  bool runs() { return !process_.ended(); }

 private:
  std::string url_;
  std::unique_ptr<ChaosProxy> link_;
  std::unique_ptr<cluster::Events> events_;
  cluster::Process process_;
};

}  // namespace trunkline::tests
