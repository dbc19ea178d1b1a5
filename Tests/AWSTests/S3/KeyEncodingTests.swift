import Testing
import TextCoding

@Suite struct KeyEncodingTests {
    @Test(arguments: NastyKeys.all)
    func bothWaysOfEncodingReadBack(_ key: String) {
        let percent = PercentEncoding.component.encode(key)
        let plus = percent.replacing("%20", with: "+")
        #expect(PercentEncoding.decode(percent).map { Array($0.utf8) } == Array(key.utf8))
        #expect(PercentEncoding.decode(plus, plusIsSpace: true).map { Array($0.utf8) } == Array(key.utf8))
    }
}
