import Releases
import Testing

/// Records are named after pointers, and are told apart by how their names end.
@Suite struct PointerTests {
    @Test(arguments: [
        (Pointer(link: "current"), "link-current"), (Pointer(link: "a.log"), "link-a%2Elog"),
        (Pointer(link: "a.log.b"), "link-a.log.b"), (Pointer(link: "v2.undone"), "link-v2%2Eundone"),
        (Pointer(distribution: "E1", origin: "a.log"), "distribution-E1-a%2Elog"),
    ]) func noNameEndsLikeThatOfAnotherRecord(_ pointer: Pointer, _ id: String) {
        #expect(pointer.id == id)
    }
}
