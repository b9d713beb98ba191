#include "backbone/hosted_edge.h"

#include "backbone/edge_port.h"

namespace trunkline::backbone {
namespace asio = boost::asio;

HostedEdge::HostedEdge(asio::io_context& io, zmq::context_t& zmq, edge::EdgeConfig config,
                       unsigned threads)
    : io_(io),
      zmq_(zmq),
      config_(std::move(config)),
      drained_(std::make_shared<std::atomic<std::size_t>>(0)) {
  loops_.resize(threads == 0 ? 1 : threads);
  config_.fused = threads == 0;
  config_.endpoint = config_.fused ? kPortsFused : kPortsInproc;
  if (config_.fused) return;
  for (Loop& loop : loops_) loop.own_io = std::make_unique<asio::io_context>(1);
}

HostedEdge::~HostedEdge() {
  cut();
}

void HostedEdge::start() {
  const auto shared = edge::make_edge_shared(config_);
  for (std::uint32_t thread = 0; thread < loops_.size(); ++thread) {
    Loop& loop = loops_[thread];
    asio::io_context& io = loop.own_io ? *loop.own_io : io_;
    loop.edge = std::make_unique<edge::EdgeLoop>(io, zmq_, config_, thread, shared);
    // The first may find a free port, which the others then share.
    config_.port = loop.edge->start();
  }
  for (Loop& loop : loops_) {
    if (!loop.own_io) continue;
    loop.thread = std::thread([&io = *loop.own_io] {
      const auto forever = asio::make_work_guard(io);
      io.run();
    });
  }
}

std::string HostedEdge::url(const std::string& host) const {
  return config_.public_url.empty() ? edge::listening_url(config_, host) : config_.public_url;
}

void HostedEdge::reload() {
  Loop& loop = loops_.front();
  if (!loop.edge) return;
  if (loop.own_io) {
    asio::post(*loop.own_io, [edge = loop.edge.get()] { edge->reload(); });
  } else {
    loop.edge->reload();
  }
}

EdgeHooks HostedEdge::hooks() {
  EdgeHooks hooks;
  if (!loops_.front().own_io) {
    Loop& loop = loops_.front();
    hooks.turn = [&loop](std::size_t sent) { return loop.edge && loop.edge->turn(sent); };
    hooks.due = [&loop] { return loop.edge && loop.edge->is_due(); };
    hooks.sent = [&loop] { return loop.edge ? loop.edge->sent() : 0; };
  }
  hooks.drain = [this] { drain(); };
  hooks.drained = [this] { return *drained_ == loops_.size(); };
  hooks.cut = [this] { cut(); };
  return hooks;
}

void HostedEdge::drain() {
  for (Loop& loop : loops_) {
    if (!loop.edge) continue;
    auto stop = [edge = loop.edge.get(), drained = drained_] {
      edge->stop([drained] { ++*drained; });
    };
    if (loop.own_io) {
      asio::post(*loop.own_io, std::move(stop));
    } else {
      stop();
    }
  }
}

void HostedEdge::cut() {
  for (Loop& loop : loops_) {
    if (loop.own_io) loop.own_io->stop();
    if (loop.thread.joinable()) loop.thread.join();
    loop.edge.reset();
  }
}

}  // namespace trunkline::backbone
