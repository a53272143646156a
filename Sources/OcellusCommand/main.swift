// SPDX-License-Identifier: Apache-2.0

ProcessSetup.occupyStandardInput()
ProcessSetup.configureThreadLibrary()
ProcessSetup.reportFileSizeLimit()
ProcessSetup.outliveReaders()
do { try ProcessSetup.requireResources() } catch { RootCommand.end(with: error) }
StopRequest.install()
await RootCommand.start()
