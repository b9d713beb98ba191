// The parts of a router, and the switch over events and frames that hands each to its part.
#pragma once

#include "routing/admin.h"

namespace trunkline::routing {

struct Router::State {
  State(RouterConfig config, const wire::SlotMap& slots, const wire::StoreOpened& opened);

  void step(const PortBatch& event);
  void step(const PortUnreachable& event) { ports.unreachable(event.peer); }
  void step(const LinkBatch& event);
  void step(const wire::StoreEvent& event);
  void step(const AdminFrame& event) { admin.from_socket(event.connection, event.frame); }
  void step(const ReportReady& event) { admin.report(event); }
  void step(const StopAsked&);
  void step(const TurnEnd&);
  // After each event: what it has set free.
  void settle();

  void from_port(Port& port, const wire::FrameView& frame);
  void from_link(wire::RankId peer, wire::FrameView& frame);
  // To the home of the frame's slot, here or by link.
  void to_home(const wire::FrameView& frame);
  void attach_passes(Port& port, const wire::FrameView& frame);
  void detach_passes(Port& port, const wire::FrameView& frame);
  void bury(Port& port);
  void bury_dead();

  void beat();
  std::int64_t wake_at() const;
  bool is_quiet() const;
  void forgive_pause();

  Turn turn;
  Links links;
  Ports ports;
  Residents residents;
  SendCredit credit;
  Courier courier;
  DirectRoutes direct;
  Home home;
  RoundTrips round_trips;
  AdminDesk admin;
  std::int64_t beat_at_us = 0;  // 0: the first turn has not been
  std::int64_t last_turn_us = 0;
};

}  // namespace trunkline::routing
