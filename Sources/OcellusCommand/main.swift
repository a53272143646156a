// SPDX-License-Identifier: Apache-2.0

import Foundation

ProcessSetup.configureThreadLibrary()
StopRequest.install()
await RootCommand.start()
