// bench-offender: one client that misbehaves, until its stdin ends. Prints `ready` once it does.
// What it does is for the others to suffer from: bench/neighbours measures them.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lab/client.h"
#include "lab/url.h"
#include "tests/neighbours/crowd.h"

namespace trunkline::bench {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr unsigned kWriters = 4;  // to one reader
constexpr std::size_t kBodyBytes = 60'000;
constexpr milliseconds kWriteEvery{900};  // 64 KiB a second are allowed
constexpr std::size_t kStallAfterMessages = 4;
constexpr unsigned kPagesAsked = 40;  // of 240 KB each: more than all buffers on the way
constexpr milliseconds kTopUpEvery{1};
constexpr std::size_t kUnsentMax = 256 * 1024;

std::string user_of(unsigned number) {
  char name[16];
  std::snprintf(name, sizeof name, "u%04u", number);
  return name;
}

class Offender {
 public:
  Offender(std::string url, unsigned first_user)
      : url_(std::move(url)),
        next_user_(first_user),
        input_(io_, ::dup(STDIN_FILENO)),
        timer_(io_) {}

  // Until stdin ends.
  void run() {
    input_.async_read_some(asio::buffer(byte_),
                           [this](boost::system::error_code, std::size_t) { io_.stop(); });
    io_.run();
  }

  // Reads what four writers have for it; or stops reading when some of it has come.
  void read(bool stalls) {
    const std::string name = user_of(next_user_);
    auto messages = std::make_shared<std::size_t>(0);
    client([this, stalls, messages](lab::Client& reader, const wire::FrameView& frame) {
      const auto deliver = wire::payload_of<wire::Deliver>(frame);
      if (!deliver) return;
      reader.send(lab::encoded_frame(wire::ClientReceived{deliver->mseq}));
      if (++*messages != kStallAfterMessages) return;
      if (stalls) stall(reader);
      is_ready();
    });
    for (unsigned i = 0; i < kWriters; ++i) {
      writers_.push_back(&client([](lab::Client&, const wire::FrameView&) {}));
    }
    write(name);
  }

  // Messages to nobody in particular, as fast as the socket takes them.
  void send_without_limit() {
    lab::Client& greedy = client([this](lab::Client&, const wire::FrameView& frame) {
      if (frame.header.kind == wire::Kind::welcome) is_ready();
    });
    top_up(greedy, user_of(next_user_));
  }

  void crowd(unsigned sockets, tests::Offence offence) {
    tests::raise_descriptors(sockets);
    const auto port = static_cast<std::uint16_t>(std::stoul(lab::parse_url(url_).port));
    offence.again = true;
    crowd_ = std::make_unique<tests::Crowd>(io_, port, sockets, std::move(offence));
    wait_for_crowd(sockets);
  }

 private:
  using Taken = std::function<void(lab::Client&, const wire::FrameView&)>;
  lab::Client& client(Taken taken) {
    lab::ClientConfig config;
    config.url = url_;
    config.user = config.password = user_of(next_user_++);
    const std::size_t at = clients_.size();
    lab::ClientHandlers handlers;
    handlers.on_frame = [this, at, taken = std::move(taken)](const wire::FrameView& frame) {
      taken(*clients_[at], frame);
    };
    clients_.push_back(std::make_unique<lab::Client>(io_, std::move(config), std::move(handlers)));
    clients_.back()->open();
    return *clients_.back();
  }

  void is_ready() {
    std::puts("ready");
    std::fflush(stdout);
  }

  void stall(lab::Client& reader) {
    reader.read(false);
    for (unsigned i = 0; i < kPagesAsked; ++i) {
      wire::ClientHistory page;
      const std::string ref = std::to_string(i);
      page.ref = ref;
      reader.send(lab::encoded_frame(page));
    }
  }

  void write(const std::string& to) {
    for (lab::Client* writer : writers_) {
      if (!writer->welcomed()) continue;
      writer->send(lab::message_frame(std::to_string(++sent_), to, std::string(kBodyBytes, 'x')));
      writer->flush();
    }
    after(sent_ < kWriters ? milliseconds(20) : kWriteEvery, [this, to] { write(to); });
  }

  void top_up(lab::Client& greedy, const std::string& to) {
    while (greedy.welcomed() && greedy.unsent_bytes() < kUnsentMax) {
      greedy.send(lab::message_frame(std::to_string(++sent_), to, "more"));
      greedy.flush();
    }
    after(kTopUpEvery, [this, &greedy, to] { top_up(greedy, to); });
  }

  void wait_for_crowd(unsigned sockets) {
    if (crowd_->connected() == sockets) return is_ready();
    after(milliseconds(10), [this, sockets] { wait_for_crowd(sockets); });
  }

  void after(milliseconds time, std::function<void()> what) {
    timer_.expires_after(time);
    timer_.async_wait([what = std::move(what)](boost::system::error_code cancelled) {
      if (!cancelled) what();
    });
  }

  asio::io_context io_{1};
  const std::string url_;
  unsigned next_user_;
  asio::posix::stream_descriptor input_;
  asio::steady_timer timer_;
  char byte_[1];
  std::vector<std::unique_ptr<lab::Client>> clients_;
  std::vector<lab::Client*> writers_;
  std::unique_ptr<tests::Crowd> crowd_;
  std::size_t sent_ = 0;
};

int run(int argc, char** argv) {
  if (argc < 4) {
    std::fputs(
        "bench-offender URL FIRST_USER reader|stalled|greedy\n"
        "bench-offender URL FIRST_USER connections|slow|half-tls SOCKETS\n",
        stderr);
    return 2;
  }
  Offender offender(argv[1], static_cast<unsigned>(std::stoul(argv[2])));
  const std::string kind = argv[3];
  const unsigned sockets = argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : 1;
  if (kind == "reader" || kind == "stalled") {
    offender.read(kind == "stalled");
  } else if (kind == "greedy") {
    offender.send_without_limit();
  } else if (kind == "connections") {
    offender.crowd(sockets, {});
  } else if (kind == "slow") {
    offender.crowd(sockets, {tests::slow_request(), std::chrono::seconds(1)});
  } else if (kind == "half-tls") {
    offender.crowd(sockets, {tests::half_a_client_hello()});
  } else {
    std::fprintf(stderr, "bench-offender: it cannot be %s\n", kind.c_str());
    return 2;
  }
  offender.run();
  return 0;
}

}  // namespace
}  // namespace trunkline::bench

int main(int argc, char** argv) {
  try {
    return trunkline::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-offender: %s\n", error.what());
    return 1;
  }
}
