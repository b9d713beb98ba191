// An HTTP proxy that shows what stands at `target` below a path of its own, as the portal of a
// computing centre does (/rnode/HOST/PORT/…), and writes down what it was asked for.
//
// Threads: one of its own; every call may come from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace trunkline::tests {

class PrefixProxy {
 public:
  // Listens on a free port of loopback. `target`: HOST:PORT, an address. `prefix`: begins with a
  // slash and does not end with one.
  PrefixProxy(const std::string& target, const std::string& prefix);
  ~PrefixProxy();

  std::string url() const;  // http://127.0.0.1:PORT/prefix
  // The paths of all requests; those outside of the prefix were answered 404.
  std::vector<std::string> asked() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trunkline::tests
