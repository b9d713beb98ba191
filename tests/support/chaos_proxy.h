// A TCP link that a test can spoil: it stands between two who talk by TCP, and passes on what each
// says, but late, slowly, in part or not at all. It knows nothing of what it passes, so it stands
// before WebSocket, TLS or CURVE alike.
//
// Threads: one of its own. Every call takes effect before it returns, and may come from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace trunkline::tests {

// What is wrong with the link. For connections that are there, and for new ones.
struct Trouble {
  std::chrono::milliseconds delay{0};  // each way
  std::size_t bytes_per_second = 0;    // each way of each connection; 0: no bound
  bool black_hole = false;             // nothing is passed on; what was said comes later, in order
  // Each connection, by RST, when so many bytes have passed.
  std::optional<std::size_t> cut_after = {};
};

class ChaosProxy {
 public:
  // Listens on a free port of loopback; `target`: HOST:PORT, an address. Throws
  // boost::system::system_error.
  explicit ChaosProxy(const std::string& target);
  ~ChaosProxy();  // cuts everything
  ChaosProxy(const ChaosProxy&) = delete;
  ChaosProxy& operator=(const ChaosProxy&) = delete;

  std::uint16_t port() const;
  // Where connections go that come from now on.
  void aim(const std::string& target);

  void set(const Trouble& trouble);
  void heal() { set({}); }

  // All connections end, at both their ends: in order, or by RST.
  enum class End : std::uint8_t { fin, rst };
  void cut(End how);
  // Half-open: of all connections one end is cut by RST, and the other one is told nothing: it may
  // talk on, but nobody takes what it says.
  enum class Side : std::uint8_t { client, server };
  void lose(Side side);

  std::size_t accepted() const;   // connections up to now
  std::size_t connected() const;  // that have both ends
  std::size_t bytes() const;      // passed on, both ways

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trunkline::tests
