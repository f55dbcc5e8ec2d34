import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { answerOf } from '../reasoning/answer.ts'

parentPort?.once('message', (message) => {
  parentPort?.postMessage({ message, workerData, isMainThread, answer: answerOf(['Answer: 12']) })
})
