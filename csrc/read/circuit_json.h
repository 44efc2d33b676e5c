#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gates/gate.h"
#include "program/program.h"
#include "read/document.h"
#include "read/gate_reader.h"
#include "read/problem.h"

namespace ionsim {

// A program, or at least one problem.
struct ReadResult {
    std::optional<Program> program;
    std::vector<Problem> problems;
};

// Reads the provider's gate list: a JSON array of gate objects. `qubits` is the declared width;
// when it is absent, it is the highest index plus one, at least one. `path` is the list's place in
// the job, such as input.circuit, and begins the path of every problem. At most `limit` problems
// are collected (at least one).
ReadResult read_gates(const Document& document, GateSet set, std::optional<std::int64_t> qubits,
                      std::string_view path, std::size_t limit);

// The same for the text of the list. A text that is no JSON has one problem: where it breaks off.
ReadResult read_gates(std::string_view json, GateSet set, std::optional<std::int64_t> qubits,
                      std::string_view path, std::size_t limit);

// The same gate by gate, for whoever makes the document piece by piece.
class GateListReader {
  public:
    // `document` and `path` must outlive the reader.
    GateListReader(const Document& document, GateSet set, std::optional<std::int64_t> qubits,
                   std::string_view path, std::size_t limit);
    ~GateListReader() = default;
    GateListReader(const GateListReader&) = delete;  // its parts refer to each other
    GateListReader& operator=(const GateListReader&) = delete;

    void reserve(std::size_t gates) { gates_.reserve(gates); }
    // The list's next element. Nothing happens once `limit` problems were found.
    void read(Document::Index gate);
    bool full() const { return problems_.full(); }
    ReadResult finish();
    // Instead, when what should be the list is none; `node` is absent where nothing came.
    ReadResult no_list(std::optional<Document::Index> node);

  private:
    const Document& document_;
    GateSet set_;
    std::optional<std::int64_t> qubits_;
    std::string_view path_;
    QubitRange range_;
    Problems problems_;
    GateReader gates_;
    std::size_t next_ = 0;
};

}  // namespace ionsim
