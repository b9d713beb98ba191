// Administration: requests of this rank's admin socket (and, for what an edge may ask, of its
// ports) go to the rank or the home that they concern, and are answered with text. What only the
// process can tell or do is asked of it by Effects::reports.
#pragma once

#include "routing/admin_text.h"
#include "routing/home.h"

namespace trunkline::routing {

class AdminDesk {
 public:
  AdminDesk(Turn& turn, Ports& ports, Links& links, const SendCredit& credit, Courier& courier,
            Home& home)
      : turn_(turn),
        ports_(ports),
        links_(links),
        credit_(credit),
        courier_(courier),
        home_(home) {}

  void from_socket(wire::SessionId connection, wire::BytesView frame);
  // An edge may ask for metrics and ping.
  void from_port(const wire::FrameView& frame);
  // What an edge answers to an order that was passed on to it.
  void from_edge(const wire::FrameView& frame);
  void from_link(const wire::FrameView& frame);
  void report(const ReportReady& report);

 private:
  void route(const wire::FrameView& frame, const wire::Admin& admin);
  void take(const wire::FrameView& frame, const wire::Admin& admin);
  void to_edge(const wire::FrameView& frame, const wire::Admin& admin);
  // An answer of any length, in frames that all peers take.
  void answer(const wire::Address& to, bool done, wire::BytesView text);
  QueueDepths depths() const;

  Turn& turn_;
  Ports& ports_;
  Links& links_;
  const SendCredit& credit_;
  Courier& courier_;
  Home& home_;
};

}  // namespace trunkline::routing
