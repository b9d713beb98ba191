// bench-floor: the bare road, without any feature. Under mpirun -np 2 it is the ranks (and hosts
// their edges, fused or inside); with `--edge RANK` it is an edge beside rank RANK.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/floor_edge.h"
#include "bench/floor_link.h"

namespace trunkline::bench {
namespace {

namespace asio = boost::asio;

enum class Placement { fused, inside, process };

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string ipc_endpoint(const std::string& run_directory, int rank) {
  return "ipc://" + run_directory + "/floor-" + std::to_string(rank) + ".ports";
}

// Written in one piece: who waits for the file finds it whole.
void publish_url(const std::string& run_directory, int rank, std::uint16_t port) {
  const std::string path = run_directory + "/floor-" + std::to_string(rank) + ".url";
  std::ofstream(path + ".new") << "ws://127.0.0.1:" << port << '\n';
  std::filesystem::rename(path + ".new", path);
}

// The rank's end of ZeroMQ, for the one edge that it has.
class FloorPort {
 public:
  FloorPort(asio::io_context& io, zmq::context_t& zmq, const std::string& endpoint)
      : socket_(zmq, zmq::socket_type::router), watch_(io, socket_) {
    socket_.set(zmq::sockopt::router_mandatory, 1);
    socket_.set(zmq::sockopt::sndhwm, 0);
    socket_.set(zmq::sockopt::rcvhwm, 0);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind(endpoint);
  }

  void receive(std::string& frames) {
    if (!watch_.due()) return;
    while (socket_.recv(edge_, zmq::recv_flags::dontwait)) {
      zmq::message_t batch;
      (void)socket_.recv(batch, zmq::recv_flags::dontwait);
      frames.append(batch.to_string_view());
      known_edge_.assign(edge_.to_string_view());
    }
    watch_.drained();
  }

  // True: the edge has something to take.
  bool send(std::string& frames) {
    if (frames.empty() || known_edge_.empty()) return false;
    socket_.send(zmq::buffer(known_edge_), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(frames), zmq::send_flags::none);
    frames.clear();
    watch_.ask();
    return true;
  }

  void ask() { watch_.ask(); }  // the edge has sent
  bool due() const { return watch_.due(); }
  void arm() { watch_.arm(); }

 private:
  zmq::socket_t socket_;
  ZmqWatch watch_;
  zmq::message_t edge_;
  std::string known_edge_;
};

class FloorRank {
 public:
  FloorRank(asio::io_context& io, FloorPort& port, FloorLink& link, FloorEdge* fused)
      : io_(io),
        port_(port),
        link_(link),
        fused_(fused),
        bell_(io, link.bell_descriptor()),
        never_stop_(asio::make_work_guard(io)) {}
  ~FloorRank() { bell_.release(); }

  [[noreturn]] void run() {
    for (;;) {
      turn();
      if (!due() && link_.may_sleep(to_edge_, now_us())) sleep();
      io_.poll();
    }
  }

 private:
  void turn() {
    if (fused_ != nullptr && fused_->send_up()) port_.ask();
    port_.receive(to_peer_);
    link_.receive(to_edge_);
    if (port_.send(to_edge_) && fused_ != nullptr) fused_->ask();
    link_.send(to_peer_, now_us());
    if (fused_ != nullptr) fused_->deliver();
  }
  bool due() const { return port_.due() || (fused_ != nullptr && fused_->due()); }

  void sleep() {
    port_.arm();
    if (fused_ != nullptr) fused_->arm();
    arm_bell();
    const std::int64_t wake_at = link_.wake_at_us();
    if (wake_at == kNever) {
      io_.run_one();
    } else {
      io_.run_one_for(std::chrono::microseconds(wake_at - now_us()));
    }
  }

  void arm_bell() {
    if (bell_armed_) return;
    bell_armed_ = true;
    bell_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code) {
      bell_armed_ = false;
      link_.take_ring();
    });
  }

  asio::io_context& io_;
  FloorPort& port_;
  FloorLink& link_;
  FloorEdge* fused_;
  asio::posix::stream_descriptor bell_;
  bool bell_armed_ = false;
  // Both descriptors may have fired at once: a loop without work would stop, and then spin.
  asio::executor_work_guard<asio::io_context::executor_type> never_stop_;
  std::string to_peer_, to_edge_;
};

[[noreturn]] void run_edge_thread(zmq::context_t& zmq, const std::string& run_directory, int rank,
                                  const std::string& endpoint) {
  asio::io_context io(1);
  FloorEdge edge(io, zmq, endpoint);
  publish_url(run_directory, rank, edge.port());
  run_floor_edge(io, edge);
}

[[noreturn]] void run_rank(Placement placement, const std::string& run_directory) {
  int provided = 0, rank = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  FloorLink link(run_directory);
  zmq::context_t zmq(1);
  asio::io_context io(1);
  const std::string endpoint =
      placement == Placement::process ? ipc_endpoint(run_directory, rank) : "inproc://floor-ports";
  FloorPort port(io, zmq, endpoint);
  std::optional<FloorEdge> fused;
  if (placement == Placement::fused) {
    fused.emplace(io, zmq, endpoint);
    publish_url(run_directory, rank, fused->port());
  } else if (placement == Placement::inside) {
    std::thread([&] { run_edge_thread(zmq, run_directory, rank, endpoint); }).detach();
  }
  FloorRank(io, port, link, fused ? &*fused : nullptr).run();
}

[[noreturn]] void usage() {
  std::fputs(
      "mpirun -np 2 bench-floor fused|inside|process RUN_DIRECTORY\n"
      "bench-floor edge RUN_DIRECTORY RANK\n",
      stderr);
  std::exit(2);
}

[[noreturn]] void run(int argc, char** argv) {
  if (argc < 3) usage();
  const std::string role = argv[1], run_directory = argv[2];
  if (role == "edge" && argc == 4) {
    zmq::context_t zmq(1);
    const int rank = std::stoi(argv[3]);
    run_edge_thread(zmq, run_directory, rank, ipc_endpoint(run_directory, rank));
  }
  if (role == "fused") run_rank(Placement::fused, run_directory);
  if (role == "inside") run_rank(Placement::inside, run_directory);
  if (role == "process") run_rank(Placement::process, run_directory);
  usage();
}

}  // namespace
}  // namespace trunkline::bench

int main(int argc, char** argv) {
  try {
    trunkline::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-floor: %s\n", error.what());
    return 1;
  }
}
