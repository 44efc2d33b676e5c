#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace ionsim {

// A fault of the caller: arrays that do not describe a circuit. Users' mistakes are reported by the
// readers, with their position; this one means that a caller skipped the reader.
class ProgramError : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

// The work needs more than what is allowed. Raised before anything is allocated.
class LimitError : public std::runtime_error {
  public:
    LimitError(std::string code, const std::string& message, double needed, double allowed)
        : std::runtime_error(message), code_(std::move(code)), needed_(needed), allowed_(allowed) {}
    const std::string& code() const { return code_; }
    double needed() const { return needed_; }
    double allowed() const { return allowed_; }

  private:
    std::string code_;
    double needed_;
    double allowed_;
};

// Another thread asked this run to stop; the reason travels separately.
class Cancelled : public std::runtime_error {
  public:
    Cancelled() : std::runtime_error("the run was cancelled") {}
};

}  // namespace ionsim
