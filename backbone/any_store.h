// One store, whichever it is: the rank loop is compiled once, and a virtual call for each turn is
// nothing beside a commit.
#pragma once

#include <memory>

#include "persistence/store.h"

namespace trunkline::backbone {

class AnyStore {
 public:
  template <persistence::Store S>
  explicit AnyStore(std::unique_ptr<S> store)
      : held_(std::make_unique<Held<S>>(std::move(store))) {}

  const wire::StoreOpened& opened() const { return held_->opened(); }
  void begin(wire::Epoch epoch) { held_->begin(epoch); }
  void submit(std::vector<wire::StoreOp> ops) { held_->submit(std::move(ops)); }
  bool load(const wire::Load& load, wire::Loaded& out) { return held_->load(load, out); }
  void poll(std::vector<wire::StoreEvent>& events) { held_->poll(events); }
  int event_fd() const { return held_->event_fd(); }
  std::size_t queued() const { return held_->queued(); }
  persistence::StoreCounters counters() const { return held_->counters(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual const wire::StoreOpened& opened() const = 0;
    virtual void begin(wire::Epoch epoch) = 0;
    virtual void submit(std::vector<wire::StoreOp> ops) = 0;
    virtual bool load(const wire::Load& load, wire::Loaded& out) = 0;
    virtual void poll(std::vector<wire::StoreEvent>& events) = 0;
    virtual int event_fd() const = 0;
    virtual std::size_t queued() const = 0;
    virtual persistence::StoreCounters counters() const = 0;
  };
  template <class S>
  struct Held final : Interface {
    explicit Held(std::unique_ptr<S> store) : store(std::move(store)) {}
    const wire::StoreOpened& opened() const override { return store->opened(); }
    void begin(wire::Epoch epoch) override { store->begin(epoch); }
    void submit(std::vector<wire::StoreOp> ops) override { store->submit(std::move(ops)); }
    bool load(const wire::Load& load, wire::Loaded& out) override { return store->load(load, out); }
    void poll(std::vector<wire::StoreEvent>& events) override { store->poll(events); }
    int event_fd() const override { return store->event_fd(); }
    std::size_t queued() const override { return store->queued(); }
    persistence::StoreCounters counters() const override { return store->counters(); }
    std::unique_ptr<S> store;
  };
  std::unique_ptr<Interface> held_;
};

}  // namespace trunkline::backbone
