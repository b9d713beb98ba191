// Tells when a cluster file comes into a run directory, as the next job's does. Where the kernel
// does not say (a directory of another host), nothing is told, and silence of the port has to do.
//
// Threads: the event loop's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>

namespace trunkline::edge {

class RunDirectoryWatch {
 public:
  // `changed` is called from the io_context, and not after the destructor.
  RunDirectoryWatch(boost::asio::io_context& io, const std::string& directory,
                    std::function<void()> changed);

 private:
  void wait();

  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> changed_;
  // Dies with this object; a wait that ends later finds it gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace trunkline::edge
