// Administration: requests of this rank's admin socket (and, for what an edge may ask, of its
// ports) go to the rank or the home that they concern, and are answered with text. What only the
// process can tell or do is asked of it by Effects::reports.
#pragma once

#include "routing/admin_text.h"
#include "routing/home.h"
#include "routing/round_trips.h"

namespace trunkline::routing {

class AdminDesk {
 public:
  AdminDesk(Turn& turn, Ports& ports, Links& links, const SendCredit& credit, Courier& courier,
            Home& home, RoundTrips& round_trips)
      : turn_(turn),
        ports_(ports),
        links_(links),
        credit_(credit),
        courier_(courier),
        home_(home),
        round_trips_(round_trips) {}

  void from_socket(wire::SessionId connection, wire::BytesView frame);
  // An edge may ask for metrics (its live page by an argument: wire/live.h) and ping.
  void from_port(const wire::FrameView& frame);
  // What an edge answers to an order that was passed on to it.
  void from_edge(const wire::FrameView& frame);
  void from_link(const wire::FrameView& frame);
  void report(const ReportReady& report);

 private:
  void route(const wire::FrameView& frame, const wire::Admin& admin);
  void take(const wire::FrameView& frame, const wire::Admin& admin);
  void report(const wire::Address& asker, const wire::Admin& admin);
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
  RoundTrips& round_trips_;
};

}  // namespace trunkline::routing
