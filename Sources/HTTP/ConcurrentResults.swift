extension Array where Element: Sendable {
    /// Runs `body` for all elements at the same time, and returns what it gives or throws for each, in their order.
    package func concurrentResults<Value: Sendable>(
        _ body: @escaping @Sendable (Element) async throws -> Value
    ) async -> [Result<Value, any Error>] {
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            for (index, element) in enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await body(element)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [(Int, Result<Value, any Error>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
