// An edge that does nothing: it takes the upgrade and any login, and throws away what follows. With
// it a load generator is alone, and shows what it can do itself.
//
// Threads: one of its own.
#pragma once

#include <memory>
#include <string>

namespace trunkline::lab {

class NullSink {
 public:
  NullSink();  // listens on a free port of the loopback
  ~NullSink();
  NullSink(const NullSink&) = delete;
  NullSink& operator=(const NullSink&) = delete;

  const std::string& url() const { return url_; }

 private:
  class Server;
  std::unique_ptr<Server> server_;
  std::string url_;
};

}  // namespace trunkline::lab
