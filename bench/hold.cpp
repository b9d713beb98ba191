// bench-hold: idle clients. Reads numbers from stdin, one a line: opens connections at the first
// edge until there are that many, then prints the number. Ends with its stdin.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "bench/road.h"

namespace trunkline::bench {
namespace {

namespace asio = boost::asio;

// Logins under way at a time: each costs the edge a password's hash.
constexpr std::size_t kOpeningMax = 32;

class Holder {
 public:
  Holder(MakeEnd make_end, std::string url)
      : make_end_(std::move(make_end)), url_(std::move(url)), input_(io_, dup(STDIN_FILENO)) {}

  // Until stdin ends. Throws std::runtime_error when a connection fails.
  void run() {
    read();
    while (!ended_ && failure_.empty()) io_.run_one();
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

 private:
  void read() {
    asio::async_read_until(input_, asio::dynamic_buffer(line_), '\n',
                           [this](boost::system::error_code ended, std::size_t size) {
                             ended_ = static_cast<bool>(ended);
                             if (ended_) return;
                             wanted_ = std::stoul(line_.substr(0, size));
                             line_.erase(0, size);
                             grow();
                           });
  }

  void grow() {
    if (ready_ == wanted_) {
      std::cout << wanted_ << std::endl;
      return read();
    }
    while (ends_.size() < wanted_ && ends_.size() - ready_ < kOpeningMax) open();
  }

  void open() {
    const auto number = static_cast<std::uint32_t>(ends_.size());
    RoadEnd::Handlers handlers;
    handlers.on_ready = [this] {
      ++ready_;
      grow();
    };
    handlers.on_message = handlers.on_acknowledged = [](wire::BytesView) {};
    handlers.on_failed = [this](const std::string& why) { failure_ = why; };
    const Side side = number % 2 == 0 ? Side::sender : Side::receiver;
    ends_.push_back(make_end_(io_, {url_, number / 2, side}, std::move(handlers)));
  }

  MakeEnd make_end_;
  std::string url_;
  asio::io_context io_{1};
  asio::posix::stream_descriptor input_;
  std::string line_;
  std::vector<std::unique_ptr<RoadEnd>> ends_;
  std::size_t wanted_ = 0, ready_ = 0;
  bool ended_ = false;
  std::string failure_;
};

}  // namespace
}  // namespace trunkline::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("bench-hold floor|nats|direct URL < NUMBERS\n", stderr);
    return 2;
  }
  try {
    trunkline::bench::Holder(trunkline::bench::maker_of(argv[1]), argv[2]).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-hold: %s\n", error.what());
    return 1;
  }
}
